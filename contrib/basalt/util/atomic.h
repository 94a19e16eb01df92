/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Counters that one writer at a time changes and anyone reads.
 *
 * The writer holds the lock of the structure or is the owning thread, so
 * a plain load and store do; they are relaxed atomics only so that a
 * reader without the lock sees some value that was true.
 */
#ifndef BASALT_ATOMIC_H
#define	BASALT_ATOMIC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef _Atomic size_t counter;

static inline size_t
counter_read(const counter *c)
{

	return (atomic_load_explicit(c, memory_order_relaxed));
}

static inline void
counter_add(counter *c, size_t n)
{

	atomic_store_explicit(c, counter_read(c) + n, memory_order_relaxed);
}

static inline void
counter_sub(counter *c, size_t n)
{

	atomic_store_explicit(c, counter_read(c) - n, memory_order_relaxed);
}

/*
 * A struct as words that can be read while one thread writes them: each is
 * right by itself.  The size is in bytes, a multiple of a word's.
 */
static inline void
words_write(_Atomic uint64_t *words, const void *from, size_t size)
{
	uint64_t word;
	size_t i;

	for (i = 0; i < size / sizeof(word); i++) {
		memcpy(&word, (const char *)from + i * sizeof(word),
		    sizeof(word));
		atomic_store_explicit(&words[i], word, memory_order_relaxed);
	}
}

static inline void
words_read(const _Atomic uint64_t *words, void *to, size_t size)
{
	uint64_t word;
	size_t i;

	for (i = 0; i < size / sizeof(word); i++) {
		word = atomic_load_explicit(&words[i], memory_order_relaxed);
		memcpy((char *)to + i * sizeof(word), &word, sizeof(word));
	}
}

#endif /* !BASALT_ATOMIC_H */

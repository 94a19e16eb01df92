/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Rules by which a walk finds the caller's frame.  They are kept, by place in
 * the code, in a table of two words an entry that threads share without a
 * lock: the first is the place xor the second, so that halves of two entries
 * do not pass for one.
 */
#ifndef BASALT_BACKTRACE_RULE_H
#define	BASALT_BACKTRACE_RULE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "os/module.h"

/* Of the table: 64 KiB, for as many places that call. */
#define	BACKTRACE_KEPT_BITS	12

/* What is done at a place; the word that is kept says so in its low bits. */
enum step {
	STEP_NONE,	/* nobody knows: by the frame pointer */
	STEP_END,	/* there is no caller */
	STEP_SIGNAL,
	STEP_SP,	/* the frame is at the stack pointer + offset */
	STEP_FP,	/* at the frame pointer + offset */
	STEP_LONG	/* too rare to be kept: the tables say it again */
};

/* In words from the frame's address. */
#define	WORD_SAME	INT16_MIN

struct rule {
	enum step	 step;
	int32_t		 cfa;		/* bytes, 28 bits */
	int16_t		 ra, fp;	/* words, or WORD_SAME */
};

extern _Atomic uint64_t _bas_backtrace_kept[1 << BACKTRACE_KEPT_BITS][2]
    __attribute__((visibility("hidden")));

static inline uint64_t
rule_pack(struct rule rule)
{

	return ((uint64_t)rule.step | (uint64_t)(uint32_t)rule.cfa << 4 |
	    (uint64_t)(uint16_t)rule.ra << 32 |
	    (uint64_t)(uint16_t)rule.fp << 48);
}

static inline struct rule
rule_unpack(uint64_t word)
{

	return ((struct rule){ .step = (enum step)(word & 15),
	    .cfa = (int32_t)(uint32_t)word >> 4,
	    .ra = (int16_t)(word >> 32), .fp = (int16_t)(word >> 48) });
}

/* Another number for the same place, once modules have come or gone. */
static inline uint64_t
kept_key(uintptr_t pc)
{

	return (pc ^ (uint64_t)_bas_module_epoch() << 48);
}

static inline _Atomic uint64_t *
kept_entry(uint64_t key)
{

	return (_bas_backtrace_kept[key * 0x9e3779b97f4a7c15 >>
	    (64 - BACKTRACE_KEPT_BITS)]);
}

static inline bool
kept_find(uint64_t key, struct rule *rule)
{
	_Atomic uint64_t *entry = kept_entry(key);
	uint64_t word;

	word = atomic_load_explicit(&entry[1], memory_order_relaxed);
	if ((atomic_load_explicit(&entry[0], memory_order_relaxed) ^ word) !=
	    key || word == 0)
		return (false);
	*rule = rule_unpack(word);
	return (true);
}

static inline void
kept_set(uint64_t key, struct rule rule)
{
	_Atomic uint64_t *entry = kept_entry(key);
	uint64_t word = rule_pack(rule);

	atomic_store_explicit(&entry[0], key ^ word, memory_order_relaxed);
	atomic_store_explicit(&entry[1], word, memory_order_relaxed);
}

#endif /* !BASALT_BACKTRACE_RULE_H */

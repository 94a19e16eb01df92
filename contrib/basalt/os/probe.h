/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Places where a tracer may look in (USDT): a nop each, and a note in the
 * library that says where it is and what is in which register.  None is
 * on a path that is fast.  A tracer that listens makes the word of a place
 * count; until then that is read and nothing else is done.
 */
#ifndef BASALT_PROBE_H
#define	BASALT_PROBE_H

#include <stdint.h>

/* How many tracers listen; the kernel writes them. */
#pragma GCC visibility push(hidden)
extern volatile uint16_t _bas_probe_alloc, _bas_probe_free;
extern volatile uint16_t _bas_probe_refill, _bas_probe_flush;
extern volatile uint16_t _bas_probe_slab_make, _bas_probe_slab_free;
extern volatile uint16_t _bas_probe_page_map, _bas_probe_page_unmap;
extern volatile uint16_t _bas_probe_page_purge;
#pragma GCC visibility pop

/*
 * The nop and its note: who wrote the format, its version 3, what it has:
 * addresses of the nop, of a section by which a tool sees that the file
 * was moved since, of the word; provider, name, arguments.
 */
#define	PROBE_NOTE(provider, name, word, args)				\
	"990:	nop\n"							\
	"	.pushsection .note.stapsdt,\"\",%%note\n"		\
	"	.balign 4\n"						\
	"	.4byte 992f-991f, 994f-993f, 3\n"			\
	"991:	.asciz \"stapsdt\"\n"					\
	"992:	.balign 4\n"						\
	"993:	.8byte 990b, _bas_probe_base, " word "\n"		\
	"	.asciz \"" provider "\"\n"				\
	"	.asciz \"" name "\"\n"					\
	"	.asciz \"" args "\"\n"					\
	"994:	.balign 4\n"						\
	"	.popsection\n"

/* Does it take to find out a weight? */
static inline int
probe_alloc_is_on(void)
{

	return (_bas_probe_alloc != 0);
}

/* As OpenTelemetry has them: objects that are sampled, and their weight. */
static inline void
probe_alloc(const void *ptr, uint64_t size, uint64_t weight)
{

	if (_bas_probe_alloc != 0)
		__asm__ volatile(PROBE_NOTE("otel_memory", "alloc",
		    "_bas_probe_alloc", "8@%0 8@%1 8@%2")
		    : : "r" (ptr), "r" (size), "r" (weight));
}

static inline void
probe_free(const void *ptr)
{

	if (_bas_probe_free != 0)
		__asm__ volatile(PROBE_NOTE("otel_memory", "free",
		    "_bas_probe_free", "8@%0") : : "r" (ptr));
}

/* A thread's stack of a class was filled with n objects, or gave them up. */
static inline void
probe_refill(uint64_t class, uint64_t n)
{

	if (_bas_probe_refill != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "refill",
		    "_bas_probe_refill", "8@%0 8@%1")
		    : : "r" (class), "r" (n));
}

static inline void
probe_flush(uint64_t class, uint64_t n)
{

	if (_bas_probe_flush != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "flush",
		    "_bas_probe_flush", "8@%0 8@%1")
		    : : "r" (class), "r" (n));
}

/* A slab of a class comes or goes. */
static inline void
probe_slab_make(const void *addr, uint64_t class)
{

	if (_bas_probe_slab_make != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "slab_make",
		    "_bas_probe_slab_make", "8@%0 8@%1")
		    : : "r" (addr), "r" (class));
}

static inline void
probe_slab_free(const void *addr, uint64_t class)
{

	if (_bas_probe_slab_free != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "slab_free",
		    "_bas_probe_slab_free", "8@%0 8@%1")
		    : : "r" (addr), "r" (class));
}

/* Bytes of addresses come from the kernel, or go back to it. */
static inline void
probe_page_map(const void *addr, uint64_t size)
{

	if (_bas_probe_page_map != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "page_map",
		    "_bas_probe_page_map", "8@%0 8@%1")
		    : : "r" (addr), "r" (size));
}

static inline void
probe_page_unmap(const void *addr, uint64_t size)
{

	if (_bas_probe_page_unmap != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "page_unmap",
		    "_bas_probe_page_unmap", "8@%0 8@%1")
		    : : "r" (addr), "r" (size));
}

/* The memory of pages goes back, at once or when the kernel needs it. */
static inline void
probe_page_purge(const void *addr, uint64_t size, uint64_t lazy)
{

	if (_bas_probe_page_purge != 0)
		__asm__ volatile(PROBE_NOTE("basalt", "page_purge",
		    "_bas_probe_page_purge", "8@%0 8@%1 8@%2")
		    : : "r" (addr), "r" (size), "r" (lazy));
}

#endif /* !BASALT_PROBE_H */

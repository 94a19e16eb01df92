/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The address space of the fake: a window of real addresses, handed out
 * from the bottom.  So two runs of a test see the same neighbours, and what
 * is not mapped cannot be touched.  BASALT_WINDOW has its bytes, fewer than
 * usual, where somebody keeps an account of each page, as an emulator does.
 */
#include <sys/mman.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "os/os_fake.h"

#define	WINDOW_MAX	((size_t)64 << 30)
#define	WINDOW_ALIGN	((size_t)4 << 30)
#define	RANGES_MAX	4096

struct range {
	uintptr_t	base;
	uintptr_t	end;
};

static struct {
	atomic_flag	busy;
	uintptr_t	base;
	size_t		size;
	size_t		mapped;
	size_t		nranges;
	struct range	range[RANGES_MAX];	/* sorted, apart */
} window = { .busy = ATOMIC_FLAG_INIT };

static void
window_take(void)
{

	while (atomic_flag_test_and_set_explicit(&window.busy,
	    memory_order_acquire))
		mach_pause();
}

static void
window_give(void)
{

	atomic_flag_clear_explicit(&window.busy, memory_order_release);
}

void
_bas_os_fake_hold(bool hold)
{

	if (hold)
		window_take();
	else
		window_give();
}

_Noreturn void
_bas_os_fake_wrong(const char *what, const void *addr, size_t size)
{

	(void)fprintf(stderr, "os_fake: %s: %p, %zu bytes\n", what, addr,
	    size);
	abort();
}

static void
window_make(void)
{
	const char *text = getenv("BASALT_WINDOW");
	void *p;

	window.size = text != NULL ? strtoul(text, NULL, 0) : WINDOW_MAX;
	p = mmap(NULL, window.size + WINDOW_ALIGN, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		_bas_os_fake_wrong("no addresses", NULL, window.size);
	window.base = ((uintptr_t)p + WINDOW_ALIGN - 1) &
	    ~(uintptr_t)(WINDOW_ALIGN - 1);
}

/* Index of the first range that ends after addr. */
static size_t
range_find(uintptr_t addr)
{
	size_t i;

	for (i = 0; i < window.nranges; i++)
		if (window.range[i].end > addr)
			break;
	return (i);
}

static void
range_open(size_t i)
{

	if (window.nranges == RANGES_MAX)
		_bas_os_fake_wrong("too many ranges", NULL, 0);
	memmove(&window.range[i + 1], &window.range[i],
	    (window.nranges++ - i) * sizeof(window.range[0]));
}

static void
range_close(size_t i)
{

	memmove(&window.range[i], &window.range[i + 1],
	    (--window.nranges - i) * sizeof(window.range[0]));
}

static void
range_add(uintptr_t base, uintptr_t end)
{
	size_t i = range_find(base);

	if (i > 0 && window.range[i - 1].end == base)
		window.range[--i].end = end;
	else {
		range_open(i);
		window.range[i] = (struct range){ base, end };
	}
	if (i + 1 < window.nranges && window.range[i + 1].base == end) {
		window.range[i].end = window.range[i + 1].end;
		range_close(i + 1);
	}
}

/* The lowest place; 0: there is none. */
static uintptr_t
gap_find(size_t size, size_t align)
{
	uintptr_t at = window.base, end = window.base + window.size, limit;
	size_t i;

	if (size > window.size || align > window.size)
		return (0);
	for (i = 0; i <= window.nranges; i++) {
		at = (at + align - 1) & ~(uintptr_t)(align - 1);
		limit = i < window.nranges ? window.range[i].base : end;
		if (at <= limit && limit - at >= size)
			return (at);
		if (i < window.nranges)
			at = window.range[i].end;
	}
	return (0);
}

static bool
is_free(uintptr_t at, size_t size)
{
	size_t i = range_find(at);

	if (at < window.base || size > window.size ||
	    at - window.base > window.size - size)
		return (false);
	return (i == window.nranges || window.range[i].base >= at + size);
}

/*
 * The kernel's pages may be larger than those that the fake is said to have.
 * So a range has a middle of whole ones and two ends, all of which may be
 * empty; an end shares its page with others, and is less strict.
 */
struct parts {
	struct range	head;
	struct range	middle;
	struct range	tail;
};

static uintptr_t
page_start(uintptr_t addr)
{

	return (addr & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1));
}

static struct parts
range_parts(uintptr_t at, size_t size)
{
	uintptr_t end = at + size, low, high;

	low = page_start(at + (uintptr_t)sysconf(_SC_PAGESIZE) - 1);
	low = low < end ? low : end;
	high = page_start(end);
	high = high > low ? high : low;
	return ((struct parts){ { at, low }, { low, high }, { high, end } });
}

static void
middle_map(struct range range, int prot)
{
	size_t size = range.end - range.base;

	if (size != 0 && mmap((void *)range.base, size, prot,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1,
	    0) == MAP_FAILED)
		_bas_os_fake_wrong("no memory", (void *)range.base, size);
}

static void
protect(uintptr_t addr, size_t size, int prot)
{

	if (size != 0 && mprotect((void *)addr, size, prot) != 0)
		_bas_os_fake_wrong("mprotect", (void *)addr, size);
}

static void
end_map(struct range range)
{

	if (range.base == range.end)
		return;
	protect(page_start(range.base), (size_t)sysconf(_SC_PAGESIZE),
	    PROT_READ | PROT_WRITE);
	memset((void *)range.base, 0, range.end - range.base);
}

static void
end_unmap(struct range range)
{
	uintptr_t base = page_start(range.base);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (range.base != range.end && is_free(base, page))
		protect(base, page, PROT_NONE);
}

/* What is there reads as zeros. */
void
_bas_os_fake_zero(void *addr, size_t size)
{
	struct parts parts = range_parts((uintptr_t)addr, size);
	struct range mid = parts.middle;

	memset((void *)parts.head.base, 0, parts.head.end - parts.head.base);
	memset((void *)parts.tail.base, 0, parts.tail.end - parts.tail.base);
	if (mid.base != mid.end && madvise((void *)mid.base,
	    mid.end - mid.base, MADV_DONTNEED) != 0)
		_bas_os_fake_wrong("madvise", addr, size);
}

void
_bas_os_fake_protect(void *addr, size_t size, bool none)
{
	struct range mid = range_parts((uintptr_t)addr, size).middle;

	protect(mid.base, mid.end - mid.base, none ? PROT_NONE :
	    PROT_READ | PROT_WRITE);
}

/* Anywhere on a multiple of align, or exactly at addr. */
void *
_bas_os_fake_place(void *addr, size_t size, size_t align)
{
	uintptr_t at = (uintptr_t)addr;
	struct parts parts;

	window_take();
	if (window.base == 0)
		window_make();
	if (addr == NULL)
		at = gap_find(size, align);
	else if (!is_free(at, size))
		at = 0;
	if (at != 0) {
		parts = range_parts(at, size);
		end_map(parts.head);
		middle_map(parts.middle, PROT_READ | PROT_WRITE);
		end_map(parts.tail);
		range_add(at, at + size);
		window.mapped += size;
	}
	window_give();
	return ((void *)at);
}

void
_bas_os_fake_remove(void *addr, size_t size)
{
	uintptr_t at = (uintptr_t)addr;
	struct parts parts = range_parts(at, size);
	struct range *range;
	size_t i;

	window_take();
	i = range_find(at);
	range = &window.range[i];
	if (i == window.nranges || range->base > at || range->end < at + size)
		_bas_os_fake_wrong("unmap of what is not mapped", addr, size);
	if (range->base == at && range->end == at + size)
		range_close(i);
	else if (range->base == at)
		range->base = at + size;
	else if (range->end == at + size)
		range->end = at;
	else {
		range_open(i);
		window.range[i].end = at;
		window.range[i + 1].base = at + size;
	}
	window.mapped -= size;
	end_unmap(parts.head);
	middle_map(parts.middle, PROT_NONE);
	end_unmap(parts.tail);
	window_give();
}

bool
_bas_os_fake_is_mapped(uintptr_t addr, size_t size)
{
	bool is;
	size_t i;

	window_take();
	i = range_find(addr);
	is = i < window.nranges && window.range[i].base <= addr &&
	    window.range[i].end >= addr + size;
	window_give();
	return (is);
}

size_t
_bas_os_fake_mapped(void)
{

	return (window.mapped);
}

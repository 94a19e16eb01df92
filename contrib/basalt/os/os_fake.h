/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What a test can do to the OS that os_fake.c is: turn its clock, let its
 * calls fail, look at what was asked of it.
 */
#ifndef BASALT_OS_FAKE_H
#define	BASALT_OS_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum os_fake_call {
	OS_FAKE_MAP,
	OS_FAKE_MAP_AT,
	OS_FAKE_UNMAP,
	OS_FAKE_PURGE,
	OS_FAKE_HUGIFY,
	OS_FAKE_COLLAPSE,
	OS_FAKE_PROTECT,
	OS_FAKE_REMAP,
	OS_FAKE_WAIT,		/* cannot fail */
	OS_FAKE_WAIT_UNTIL,	/* cannot fail */
	OS_FAKE_WAKE,		/* cannot fail */
	OS_FAKE_THREAD_START,
	OS_FAKE_THREAD_BUSY,	/* the same, if it may be now */
	OS_FAKE_THREAD_INIT,
	OS_FAKE_THREAD_MARK,
	OS_FAKE_FORK_INIT,
	OS_FAKE_EXIT_INIT,
	OS_FAKE_WRITE,
	OS_FAKE_CALLS
};

#define	OS_FAKE_FOREVER	((size_t)-1)
#define	OS_FAKE_LOG	8192	/* calls that are kept */

struct os_fake_event {
	enum os_fake_call call;
	uintptr_t	addr;	/* got, if it was a map */
	uintptr_t	to;	/* of a remap */
	size_t		size;
	size_t		align;	/* of a map */
	bool		flag;	/* lazy, huge, none */
	int		error;	/* what the call returned */
};

/* After so many more calls of a kind, so many fail; count 0: none. */
void	_bas_os_fake_fail(enum os_fake_call call, size_t after, size_t count);
/* Forget counts, log and failures to come. */
void	_bas_os_fake_reset(void);
/* How often a call was made since then, failures included. */
size_t	_bas_os_fake_count(enum os_fake_call call);
/* Call i since then; NULL: there were fewer. */
const struct os_fake_event *_bas_os_fake_event(size_t i);
/*
 * f is called before each call that changes memory is carried out, in the
 * thread that makes it: there a test does what another thread might.
 */
void	_bas_os_fake_hook(void (*f)(enum os_fake_call call, uintptr_t addr,
	    size_t size));
/* Bytes that are mapped now, and whether all of a range is. */
size_t	_bas_os_fake_mapped(void);
bool	_bas_os_fake_is_mapped(uintptr_t addr, size_t size);

/*
 * A power of two from 4096 up, for what is mapped from now on.  Where the
 * kernel's is larger not all of what is not mapped or protected faults.
 */
void	_bas_os_fake_page(size_t page);
/* size 0: it has none. */
void	_bas_os_fake_hugepage(size_t size, bool thp);
/* Others that advice may get, as a set (struct os_info); the one stays. */
void	_bas_os_fake_hugepages(uint64_t sizes);
void	_bas_os_fake_cpus(unsigned cpus);
/* The processor that all threads run on, and the bound of its number. */
void	_bas_os_fake_cpu(unsigned cpu);
void	_bas_os_fake_cpu_limit(unsigned limit);
void	_bas_os_fake_seed(uint64_t seed);
/* The clock stands still unless it is turned. */
void	_bas_os_fake_clock_set(uint64_t ns);
void	_bas_os_fake_clock_advance(uint64_t ns);
/* To the exact clock, each 4 KiB that is purged takes so long. */
void	_bas_os_fake_purge_ns(uint64_t ns);
/* What the last _bas_os_wait_until() waits or waited for. */
uint64_t _bas_os_fake_deadline(void);
/* A remap that fails has unmapped its target (EFAULT), as old kernels do. */
void	_bas_os_fake_remap_unmaps(bool unmaps);
/* From now on there is memory for a quarter of what is asked about. */
void	_bas_os_fake_sparse(bool sparse);
/* Over a fork: its own lock; true: held, false: given back. */
void	_bas_os_fake_hold(bool hold);
/* The only variable and the only link there are; NULL: none. */
void	_bas_os_fake_env(const char *name, const char *value);
void	_bas_os_fake_link(const char *path, const char *target);
/*
 * Keep what is written instead of writing it, up to size bytes with the
 * 0 that ends them; NULL: write it again.
 */
void	_bas_os_fake_capture(char *buf, size_t size);

/* os_fake.c: count a call; its error, if it is one that is to fail. */
int	_bas_os_fake_begin(enum os_fake_call call);
/* os_fake_memory.c: addresses for os_fake.c. */
void	*_bas_os_fake_place(void *addr, size_t size, size_t align);
void	_bas_os_fake_remove(void *addr, size_t size);
void	_bas_os_fake_zero(void *addr, size_t size);
void	_bas_os_fake_protect(void *addr, size_t size, bool none);
/* The OS is asked for what no program may: say so and abort. */
_Noreturn void	_bas_os_fake_wrong(const char *what, const void *addr,
		    size_t size);

#endif /* !BASALT_OS_FAKE_H */

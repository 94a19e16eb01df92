/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What basalt offers beyond <stdlib.h>.
 *
 * Unless said otherwise: sizes are in bytes; every function may be called
 * by any thread at any time, also by several on different objects at once,
 * but not from a signal handler that may have interrupted one of them;
 * functions that return memory give NULL and set errno to ENOMEM where there
 * is none, and those that release memory keep errno.  Memory is aligned to
 * 16 bytes, to 8 where fewer than 16 are asked for.
 *
 * mallctl(3) describes the control names, malloc.conf(5) the options.
 */
#ifndef _MALLOC_NP_H_
#define	_MALLOC_NP_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/*
 * C++ insists that a second declaration throws what the first did, and some
 * C libraries declare a few of these too.
 */
#if defined(__cplusplus) && defined(__THROW)
#define	_MALLOC_NP_THROW	__THROW
#else
#define	_MALLOC_NP_THROW
#endif

/*
 * The C libraries disagree about one const.  Where there is to be one, who
 * installs this header says so here (lib/libbasalt/Makefile).
 */
#ifndef _MALLOC_NP_CONST
#define	_MALLOC_NP_CONST
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Arena numbers beyond those of the arenas, for the names arena.<i>.* and
 * stats.arenas.<i>.*: all arenas together, and those that were destroyed.
 */
#define	MALLCTL_ARENAS_ALL		4096
#define	MALLCTL_ARENAS_DESTROYED	4097

/*
 * Flags of the functions that end in x, to be added up: the binary logarithm
 * of the alignment, or the alignment, a power of two; zeros; one of the
 * caches that "tcache.create" makes, or none; the arena of that number.
 */
#define	MALLOCX_LG_ALIGN(la)	((int)(la))
#define	MALLOCX_ALIGN(a)	((int)__builtin_ctzl((unsigned long)(a)))
#define	MALLOCX_ZERO		((int)0x40)
#define	MALLOCX_TCACHE(tc)	((int)(((tc) + 2) << 8))
#define	MALLOCX_TCACHE_NONE	MALLOCX_TCACHE(-1)
#define	MALLOCX_ARENA(a)	((int)(((unsigned)(a) + 1) << 20))

/*
 * Where an arena gets its memory from, and gives it back to: one table of
 * nine functions, shared by all the arenas that it was given to, which must
 * live as long as they do.  Each is called with the table itself and the
 * arena's number, by any thread, at times by several at once, and must not
 * allocate from the arena that it serves.  Those that return a bool return
 * false if they did what was asked and true if they did not; any but alloc
 * may be NULL, which stands for one that never does.
 *
 * Addresses and sizes are multiples of 2 MiB, those of a split too; offsets
 * and lengths within an extent are multiples of the system's page.
 */
typedef struct extent_hooks_s extent_hooks_t;

/*
 * size bytes on a multiple of alignment, at new_addr exactly if that is not
 * NULL; NULL: there are none.  Must zero them where *zero is true and commit
 * them where *commit is, and says in both what they are now.
 */
typedef void	*(extent_alloc_t)(extent_hooks_t *hooks, void *new_addr,
		    size_t size, size_t alignment, bool *zero, bool *commit,
		    unsigned arena);
/* Take an extent back; if it does not, the arena keeps it for later. */
typedef bool	(extent_dalloc_t)(extent_hooks_t *hooks, void *addr,
		    size_t size, bool committed, unsigned arena);
/* The same when the arena is destroyed: there is no later. */
typedef void	(extent_destroy_t)(extent_hooks_t *hooks, void *addr,
		    size_t size, bool committed, unsigned arena);
/* length bytes from offset on can be used now, and are zero. */
typedef bool	(extent_commit_t)(extent_hooks_t *hooks, void *addr,
		    size_t size, size_t offset, size_t length,
		    unsigned arena);
/* They are not used until they are committed again. */
typedef bool	(extent_decommit_t)(extent_hooks_t *hooks, void *addr,
		    size_t size, size_t offset, size_t length,
		    unsigned arena);
/*
 * Their contents are not needed: lazily, undefined until written; forced,
 * zero when they are read next.
 */
typedef bool	(extent_purge_t)(extent_hooks_t *hooks, void *addr,
		    size_t size, size_t offset, size_t length,
		    unsigned arena);
/* May an extent be treated as two; may two neighbours as one? */
typedef bool	(extent_split_t)(extent_hooks_t *hooks, void *addr,
		    size_t size, size_t size_a, size_t size_b,
		    bool committed, unsigned arena);
typedef bool	(extent_merge_t)(extent_hooks_t *hooks, void *addr_a,
		    size_t size_a, void *addr_b, size_t size_b,
		    bool committed, unsigned arena);

struct extent_hooks_s {
	extent_alloc_t		*alloc;
	extent_dalloc_t		*dalloc;
	extent_destroy_t	*destroy;
	extent_commit_t		*commit;
	extent_decommit_t	*decommit;
	extent_purge_t		*purge_lazy;
	extent_purge_t		*purge_forced;
	extent_split_t		*split;
	extent_merge_t		*merge;
};

/*
 * The bytes that ptr's object really has, all of which may be used; 0 for
 * NULL.  ptr must be live.
 */
size_t	malloc_usable_size(_MALLOC_NP_CONST void *ptr) _MALLOC_NP_THROW;

/* realloc(ptr, size), but ptr is freed where that fails. */
void	*reallocf(void *ptr, size_t size) _MALLOC_NP_THROW;

/*
 * realloc(ptr, number * size); ENOMEM where the product does not fit a
 * size_t, and ptr is as it was.
 */
void	*reallocarray(void *ptr, size_t number, size_t size) _MALLOC_NP_THROW;

/*
 * The same for what holds secrets: what is new is zero, what goes away is
 * wiped, the whole old object where it had to move.  oldnumber must be what
 * ptr was allocated with; EINVAL where oldnumber * size does not fit.
 */
void	*recallocarray(void *ptr, size_t oldnumber, size_t number,
	    size_t size) _MALLOC_NP_THROW;

/*
 * free(ptr), by callers that know its size: from what was asked for up to
 * malloc_usable_size(ptr).  With the alignment, for what came from
 * aligned_alloc().  NULL is ignored.
 */
void	free_sized(void *ptr, size_t size) _MALLOC_NP_THROW;
void	free_aligned_sized(void *ptr, size_t alignment, size_t size)
	    _MALLOC_NP_THROW;

/*
 * Memory on a multiple of alignment, a power of two of any size; of the
 * page; and of the page with the size rounded up to whole pages.
 */
void	*memalign(size_t alignment, size_t size) _MALLOC_NP_THROW;
void	*valloc(size_t size) _MALLOC_NP_THROW;
void	*pvalloc(size_t size) _MALLOC_NP_THROW;

/*
 * As malloc, realloc and free with the flags above; mallocx(3) has the
 * details.  None of them sets errno.  A size of 0 is taken for 1, and ptr
 * must be live, but for dallocx() and sdallocx(), which ignore NULL.
 *
 * mallocx	size bytes; NULL: there is no memory, or the arena named was
 *		never made.
 * rallocx	ptr's object of at least size bytes, moved if need be; NULL:
 *		the same, and it is as it was.  MALLOCX_ZERO clears from its
 *		old usable size on.
 * xallocx	The same without moving it: try for size + extra bytes, or
 *		else for size; returns what its usable size is then.
 * sallocx	Its usable size.
 * nallocx	What the usable size would be; 0: that can never be had.
 * dallocx	Free it, by way of the cache that the flags name.
 * sdallocx	The same, by callers that know its size, from what was asked
 *		for to what is usable.
 */
void	*mallocx(size_t size, int flags) _MALLOC_NP_THROW;
void	*rallocx(void *ptr, size_t size, int flags) _MALLOC_NP_THROW;
size_t	xallocx(void *ptr, size_t size, size_t extra, int flags)
	    _MALLOC_NP_THROW;
size_t	sallocx(const void *ptr, int flags) _MALLOC_NP_THROW;
size_t	nallocx(size_t size, int flags) _MALLOC_NP_THROW;
void	dallocx(void *ptr, int flags) _MALLOC_NP_THROW;
void	sdallocx(void *ptr, size_t size, int flags) _MALLOC_NP_THROW;

/*
 * Read and write what goes by a control name.
 *
 * If oldp and oldlenp are not NULL, *oldlenp says how large *oldp is, which
 * must be the size of the value, and the value is stored there.  If newp is
 * not NULL, the newlen bytes there become the value.  Names are parts
 * joined by dots; where mallctl(3) has <i> a decimal number stands.
 *
 * Returns 0 or, errno untouched:
 * EINVAL	a length or value is wrong; if *oldlenp was, as much as fits
 *		has been stored and *oldlenp says how much
 * ENOENT	there is no such name, or nothing behind it now
 * EPERM	the name cannot be read, or written, or takes no value
 * EAGAIN	memory is short
 * EFAULT	what the value asks for cannot be done
 */
int	mallctl(const char *name, void *oldp, size_t *oldlenp, void *newp,
	    size_t newlen);

/*
 * Translate a name, or its beginning, to numbers, one a part, at most
 * *miblenp of them; *miblenp becomes how many there are.  They hold as long
 * as the process lives; numbers that stood in the name can be replaced by
 * others.  mallctlbymib() is mallctl() with them instead of the name, and
 * quicker.
 */
int	mallctlnametomib(const char *name, size_t *mibp, size_t *miblenp);
int	mallctlbymib(const size_t *mib, size_t miblen, void *oldp,
	    size_t *oldlenp, void *newp, size_t newlen);

/*
 * Report all statistics as text, in terminated pieces of less than 4 KiB,
 * through write_cb(cbopaque, piece), or where messages go if that is NULL.
 * opts, which may be NULL, holds letters: J gives JSON instead; the others
 * leave out g general information, m the sum over arenas, d destroyed
 * arenas, a single arenas, b small and l large size classes, x locks,
 * e unused extents, h superpages.  Others are ignored.  Allocates nothing
 * and stops no thread; write_cb may allocate.  It may also be called from a
 * signal handler that interrupted an allocation, with a write_cb that does
 * not; by several of those at once with e and h among opts.
 */
void	malloc_stats_print(void (*write_cb)(void *, const char *),
	    void *cbopaque, const char *opts);

/*
 * What some control names take.
 *
 * "experimental.arenas_create_ext": an arena's hooks, or NULL for none, and
 * whether memory for its metadata is to come from them too.
 */
typedef struct arena_config_s arena_config_t;
struct arena_config_s {
	extent_hooks_t	*extent_hooks;
	bool		metadata_use_hooks;
};

/*
 * "experimental.batch_alloc": num objects of size bytes, by the flags of
 * mallocx(), to be stored at ptrs.
 */
typedef struct batch_alloc_packet_s batch_alloc_packet_t;
struct batch_alloc_packet_s {
	void	**ptrs;
	size_t	num;
	size_t	size;
	int	flags;
};

/*
 * "experimental.hooks.thread_event": called by a thread about every interval
 * bytes that it allocates and, unless is_alloc_only, that it frees, with
 * which of them it was and the bytes of both up to then.
 */
typedef void	(*user_hook_t)(bool is_alloc, uint64_t allocated,
		    uint64_t deallocated);
typedef struct user_hook_object_s user_hook_object_t;
struct user_hook_object_s {
	user_hook_t	callback;
	uint64_t	interval;
	bool		is_alloc_only;
};

/*
 * "experimental.hooks.prof_backtrace", prof_dump, prof_sample and
 * prof_sample_free, for heap profiles.
 */
typedef void	(*prof_backtrace_hook_t)(void **frames, unsigned *n,
		    unsigned max);
typedef void	(*prof_dump_hook_t)(const char *filename);
typedef void	(*prof_sample_hook_t)(const void *ptr, size_t size,
		    void **frames, unsigned n, size_t usable);
typedef void	(*prof_sample_free_hook_t)(const void *ptr, size_t usable);

/* "experimental.hooks.safety_check_abort": called instead of abort(). */
typedef void	(*safety_check_abort_hook_t)(const char *message);

/*
 * If not NULL, called with NULL and the text for every message, instead of
 * writing it to standard error.  Must not allocate.  To be set before other
 * threads run.
 */
extern void	(*malloc_message)(void *cbopaque, const char *text);

/*
 * A program may define these, as constants: options in force from the
 * first allocation on.  The first can be overridden by the user, the second
 * overrides the user.  malloc.conf(5) has the format.
 */
extern const char	*malloc_conf;
extern const char	*malloc_conf_2_conf_harder;

#ifdef __cplusplus
}
#endif

#endif /* !_MALLOC_NP_H_ */

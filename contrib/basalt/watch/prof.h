/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Heap profiles: which stacks allocated what lives, from a sample of the
 * objects (thread/sample.h).  share/doc/basalt/profiling.md tells how.
 *
 * The top layer comes by where it is slow, and only while _bas_sample_on.
 * errno is kept by all of these.
 */
#ifndef BASALT_PROF_H
#define	BASALT_PROF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct cache;
struct lock;
struct origin;
struct prof_object;

typedef void prof_backtrace_fn(void **, unsigned *, unsigned);
typedef void prof_dump_fn(const char *);
typedef void prof_sample_fn(const void *, size_t, void **, unsigned, size_t);
typedef void prof_sample_free_fn(const void *, size_t);

/* From low, below high.  None: high is not above low. */
struct prof_text {
	uintptr_t	low, high;
};

#define	PROF_TEXTS	2

/*
 * Once, after the options are known, with where our own code lies.  And at
 * the end of the process: it may end there.
 */
void	_bas_prof_begin(const struct prof_text *text);
void	_bas_prof_end(void);

/*
 * An object of size bytes on a multiple of align, if it is one to be sampled,
 * for who has asked for request bytes; zeros if zero.  NULL: it is not, or
 * there is no memory for it.
 */
void	*_bas_prof_alloc(const struct origin *from, size_t size,
	    size_t align, size_t request, bool zero);
/* The same from the stack of a class, whose count has run out maybe. */
void	*_bas_prof_alloc_class(unsigned class, size_t request, bool zero);
/* p, an object of pages, is about to be freed; was it a sample? */
bool	_bas_prof_free(const void *p);
/*
 * p, an object of pages, is about to change its size or place; NULL: it is
 * no sample.  Then it has done so, or not: moved is NULL if it could not,
 * else it is counted as freed and, maybe, as a new sample there.
 */
struct prof_object *_bas_prof_resize_begin(const void *p);
void	_bas_prof_resize_end(struct prof_object *object, const void *moved,
	    size_t request);
/* All objects of the arena are about to be thrown away. */
void	_bas_prof_forget_arena(const struct arena *arena);

/* What is mapped now calls for no dump; has more been than ever? */
void	_bas_prof_gdump_begin(void);
bool	_bas_prof_gdump_due(void);
void	_bas_prof_gdump(void);

/* For controls. */
bool	_bas_prof_active(void);
void	_bas_prof_active_set(bool active);
bool	_bas_prof_thread_init(void);
void	_bas_prof_thread_init_set(bool active);
/* Of the calling thread; set: EAGAIN, no memory. */
bool	_bas_prof_thread_active(void);
int	_bas_prof_thread_active_set(bool active);
/* The system's name for it, if that is wanted. */
struct sample;
void	_bas_prof_thread_name_system(struct sample *sample);
/* "" if it has none; set: EAGAIN, or EINVAL for what cannot be printed. */
const char *_bas_prof_thread_name(void);
int	_bas_prof_thread_name_set(const char *name);
bool	_bas_prof_gdump_on(void);
void	_bas_prof_gdump_set(bool on);
/* Mean bytes between dumps; 0: there are none. */
uint64_t _bas_prof_interval(void);
/* Forget what was sampled; lg of the bytes between samples from now on. */
void	_bas_prof_reset(size_t lg);

/*
 * Functions of the program, never NULL but for the last three.  The first
 * is ours until another is set.  Relaxed: they are called some time after.
 */
prof_backtrace_fn _bas_prof_backtrace_own;
prof_backtrace_fn *_bas_prof_backtrace(void);
void	_bas_prof_backtrace_set(prof_backtrace_fn *f);
prof_dump_fn *_bas_prof_dump_hook(void);
void	_bas_prof_dump_hook_set(prof_dump_fn *f);
prof_sample_fn *_bas_prof_sample(void);
void	_bas_prof_sample_set(prof_sample_fn *f);
prof_sample_free_fn *_bas_prof_sample_free(void);
void	_bas_prof_sample_free_set(prof_sample_free_fn *f);

/* prof_dump.c: a profile into a file; name NULL: one of the next number. */
int	_bas_prof_dump(const char *name);
/* Of the kinds i, u and f; no prefix, no file. */
void	_bas_prof_dump_auto(char kind);
/* What dumps are called from now on; it is cut at OPTIONS_PATH_SIZE. */
void	_bas_prof_prefix_set(const char *prefix);
/* The prefix, this process and the dots behind them; the dump lock is held. */
size_t	_bas_prof_name_begin(char *buf, size_t size);
/* prof_leak.c: at the end, what still lives, in one line and by name. */
void	_bas_prof_leak(void);

/* For their statistics, and for a fork; and in its child. */
struct lock *_bas_prof_lock(void);
struct lock *_bas_prof_dump_lock(void);
void	_bas_prof_mend(void);
void	_bas_prof_dump_mend(void);

#endif /* !BASALT_PROF_H */

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "os/backtrace.h"
#include "os/probe.h"
#include "os/wall.h"
#include "thread/cache.h"
#include "thread/object.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/options.h"
#include "watch/prof_life.h"

/* Frames of our own that a stack may begin with, to be left out. */
#define	OWN_MAX		16

struct prof_state _bas_prof;

#define	table	_bas_prof_table

/* A stack, and room for what is cut from its begin. */
struct trace {
	uintptr_t	pcs[OPTIONS_PROF_BT_LIMIT + OWN_MAX];
	unsigned	first, n;
};

static void
trace_ours(struct trace *trace, struct backtrace_stack *stack)
{
	unsigned max = _bas_options.prof_bt_max;

	trace->n = _bas_os_backtrace_on(stack, trace->pcs, max + OWN_MAX);
	for (; trace->n > 0 && prof_is_ours(trace->pcs[trace->first]);
	    trace->n--)
		trace->first++;
}

/* For who calls ours from its own. */
void
_bas_prof_backtrace_own(void **pcs, unsigned *n, unsigned max)
{
	struct trace trace;
	unsigned i;

	trace.first = 0;
	trace_ours(&trace, NULL);
	for (i = 0; i < trace.n && i < max; i++)
		pcs[i] = (void *)trace.pcs[trace.first + i];
	*n = i;
}

/*
 * The program's function may allocate, so it is called only where that can
 * be told from what the program does by itself.
 */
static void
trace_take(struct trace *trace, struct sample *sample)
{
	prof_backtrace_fn *f;

	trace->first = trace->n = 0;
	f = atomic_load_explicit(&_bas_prof.backtrace, memory_order_relaxed);
	if (f == NULL || sample == NULL)
		trace_ours(trace, sample != NULL ? &sample->stack : NULL);
	else
		f((void **)trace->pcs, &trace->n, _bas_options.prof_bt_max);
	if (trace->n > _bas_options.prof_bt_max)
		trace->n = _bas_options.prof_bt_max;
	/*
	 * jeprof takes what has no stack for a part of the stack before it.  So
	 * it has malloc, as if that had been called by nobody.
	 */
	if (trace->n == 0) {
		trace->pcs[0] = _bas_prof.text[0].low + 1;
		trace->first = 0;
		trace->n = 1;
	}
}

/* The first look at a thread decides what holds for it. */
static bool
is_wanted(struct sample *sample)
{

	if (!prof_switch(&_bas_prof.active))
		return (false);
	if (sample == NULL)
		return (prof_switch(&_bas_prof.thread_init));
	if (!sample->off_known) {
		sample->off_known = true;
		sample->off = !prof_switch(&_bas_prof.thread_init);
	}
	return (!sample->off);
}

/* Bytes that stand behind a sample of so many. */
static uint64_t
bytes_behind(size_t size)
{

	return ((uint64_t)(_bas_sample_weight((double)size, _bas_sample_lg()) *
	    (double)size));
}

/* True: it is time for a dump. */
static bool
interval_passed(size_t size)
{
	uint64_t n, before;

	if (_bas_prof.interval == 0)
		return (false);
	n = bytes_behind(size);
	before = atomic_fetch_add_explicit(&_bas_prof.bytes, n,
	    memory_order_relaxed);
	return (before / _bas_prof.interval !=
	    (before + n) / _bas_prof.interval);
}

/* Into the table; false: no memory, or the period has been set meanwhile. */
static bool
record(struct sample *sample, const struct trace *trace, const void *p,
    void *slot, size_t size, size_t request)
{
	uint64_t time = prof_life_is_kept() ? prof_life_time() : 0;
	const uintptr_t *pcs = trace->pcs + trace->first;
	uint64_t hash = _bas_prof_stack_hash(pcs, trace->n);
	struct prof_object *object = NULL;
	struct prof_thread *thread;
	struct prof_stack *stack;

	lock_take(&table.lock);
	/* It would count for what one of another period does. */
	if (sample != NULL && sample->now != atomic_load_explicit(
	    &_bas_sample_setting, memory_order_relaxed)) {
		lock_give(&table.lock);
		return (false);
	}
	thread = _bas_prof_thread_of(sample);
	stack = _bas_prof_stack_of(pcs, trace->n, hash);
	if (thread != NULL && stack != NULL)
		object = _bas_prof_object_put(thread, stack, p, size,
		    request);
	if (object != NULL)
		object->slot = slot;
	if (object != NULL && time != 0)
		_bas_prof_life_begin(object, time);
	lock_give(&table.lock);
	return (object != NULL);
}

/*
 * An object that is to be a sample has been made, at p; false: it is none, and
 * the slot is the caller's.
 */
static bool
sample_put(struct sample *sample, const void *p, void *slot, size_t size,
    size_t request)
{
	prof_sample_fn *f;
	struct trace trace;
	int saved = errno;
	bool done;

	if (sample != NULL) {
		sample->busy = true;
		sample->now = sample->setting;
	}
	trace_take(&trace, sample);
	if (_bas_options.prof_sys_thread_name && sample != NULL)
		_bas_prof_thread_name_system(sample);
	done = record(sample, &trace, p, slot, size, request);
	if (done) {
		if (unlikely(probe_alloc_is_on()))
			probe_alloc(p, size, bytes_behind(size));
		f = atomic_load_explicit(&_bas_prof.sample,
		    memory_order_relaxed);
		if (f != NULL && sample != NULL)
			f(p, request, (void **)trace.pcs + trace.first,
			    trace.n, size);
		if (interval_passed(size))
			_bas_prof_dump_auto('i');
	}
	if (sample != NULL)
		sample->busy = false;
	errno = saved;
	return (done);
}

/* An object as the stack of its class, or nobody, would have given it. */
static void *
sampled_alloc(const struct origin *from, size_t size, size_t align,
    size_t request, bool zero)
{
	struct sample *sample = NULL;
	void *p, *slot = NULL;
	unsigned class;

	if (from->own != NULL)
		sample = _bas_sample_of(from->own);
	if (!is_wanted(sample))
		return (NULL);
	p = _bas_object_alloc_alone(from, size, align, zero);
	if (p == NULL)
		return (NULL);
	size = _bas_object_size(size, align);
	class = _bas_prof_class_of(size);
	if (align <= PAGE)
		slot = _bas_object_slot_take(from, class, p);
	if (!sample_put(sample, p, slot, size, request) && slot != NULL)
		_bas_object_slot_give(from->own, class, slot);
	return (p);
}

static bool
is_busy(const struct cache *own)
{

	return (own != NULL && own->sample != NULL && own->sample->busy);
}

void *
_bas_prof_alloc(const struct origin *from, size_t size, size_t align,
    size_t request, bool zero)
{
	unsigned class = _bas_object_stack(from, size, align, zero);

	if (is_busy(from->own))
		return (NULL);
	if (class != SC_NONE ? !_bas_sample_class(from->cache, class) :
	    !_bas_sample_bytes(from->own, _bas_object_size(size, align)))
		return (NULL);
	return (sampled_alloc(from, size, align, request, zero));
}

void *
_bas_prof_alloc_class(unsigned class, size_t request, bool zero)
{
	struct origin from;

	if (!_bas_sample_class(self()->cache, class) ||
	    !_bas_origin_own(&from))
		return (NULL);
	/* An alignment may have chosen the class. */
	return (sampled_alloc(&from, sizeclass_size(class), 1, request,
	    zero));
}

static bool
is_of_arena(struct prof_object *object, const void *arena)
{

	return (_bas_arena_of(object->p) == arena);
}

struct arena_end {
	const struct arena *arena;
	struct prof_moment end;
};

static bool
is_of_arena_kept(struct prof_object *object, const void *arg)
{
	const struct arena_end *all = arg;
	bool is = is_of_arena(object, all->arena);

	if (is)
		_bas_prof_life_end(object, &all->end);
	return (is);
}

/* What the calling thread frees now. */
static void
moment_take(struct prof_moment *end, struct trace *trace,
    struct sample *sample)
{
	bool guarded = sample != NULL && !sample->busy;

	if (guarded)
		sample->busy = true;
	trace_take(trace, guarded ? sample : NULL);
	if (_bas_options.prof_sys_thread_name && sample != NULL)
		_bas_prof_thread_name_system(sample);
	if (guarded)
		sample->busy = false;
	*end = (struct prof_moment){ .time = prof_life_time(),
	    .pcs = trace->pcs + trace->first, .n = trace->n };
}

/* The end of one object, or of all of an arena, is written down. */
static __attribute__((noinline)) void
ends_keep(struct prof_object *object, const struct arena *arena,
    struct cache *own)
{
	struct sample *sample = own != NULL ? _bas_sample_of(own) : NULL;
	struct arena_end all = { .arena = arena };
	struct trace trace;

	moment_take(&all.end, &trace, sample);
	lock_take(&table.lock);
	all.end.thread = _bas_prof_thread_of(sample);
	if (object == NULL)
		_bas_prof_objects_end(is_of_arena_kept, &all);
	else {
		_bas_prof_life_end(object, &all.end);
		_bas_prof_object_end(object);
	}
	lock_give(&table.lock);
}

static struct cache *
cache_own(void)
{

	return (self()->cache->state == CACHE_NONE ? NULL :
	    _bas_tsd_cache());
}

/* Who wants to know of a sample that is gone. */
static void
freed_tell(const void *p, void *slot, size_t size)
{
	prof_sample_free_fn *f;
	struct cache *own = cache_own();
	struct sample *sample = NULL;
	int saved = errno;

	probe_free(p);
	if (slot != NULL)
		_bas_object_slot_give(own, _bas_prof_class_of(size),
		    slot);
	f = atomic_load_explicit(&_bas_prof.sample_free, memory_order_relaxed);
	/* A thread that has never been sampled may free what has. */
	if (f != NULL && own != NULL)
		sample = _bas_sample_of(own);
	if (sample != NULL && !sample->busy) {
		sample->busy = true;
		f(p, size);
		sample->busy = false;
	}
	errno = saved;
}

/* Out of the table already, but counted. */
static void
object_freed(struct prof_object *object)
{
	const void *p = object->p;
	void *slot = object->slot;
	size_t size = object->size;
	int saved = errno;

	if (prof_life_is_kept())
		ends_keep(object, NULL, cache_own());
	else {
		lock_take(&table.lock);
		_bas_prof_object_end(object);
		lock_give(&table.lock);
	}
	freed_tell(p, slot, size);
	errno = saved;
}

struct prof_object *
_bas_prof_resize_begin(const void *p)
{
	struct prof_object *object;

	lock_take(&table.lock);
	object = _bas_prof_object_take(p);
	lock_give(&table.lock);
	return (object);
}

bool
_bas_prof_free(const void *p)
{
	struct prof_object *object;
	void *slot = NULL;
	size_t size = 0;

	if (prof_life_is_kept()) {
		object = _bas_prof_resize_begin(p);
		if (object != NULL)
			object_freed(object);
		return (object != NULL);
	}
	lock_take(&table.lock);
	object = _bas_prof_object_take(p);
	if (object != NULL) {
		slot = object->slot;
		size = object->size;
		_bas_prof_object_end(object);
	}
	lock_give(&table.lock);
	if (object != NULL)
		freed_tell(p, slot, size);
	return (object != NULL);
}

/*
 * What has another size now is another object, sampled as any.  It keeps
 * its pages, so it can be one only if a free comes by here: if the page map
 * has no class for them.
 */
void
_bas_prof_resize_end(struct prof_object *object, const void *moved,
    size_t request)
{
	struct sample *sample;
	struct cache *own;
	size_t size;

	if (moved == NULL) {
		if (object == NULL)
			return;
		/* Without its guards it may have got a class. */
		_bas_large_set_alone(object->p);
		lock_take(&table.lock);
		_bas_prof_object_return(object);
		lock_give(&table.lock);
		return;
	}
	if (object != NULL)
		object_freed(object);
	own = _bas_tsd_own();
	size = _bas_large_size("realloc", moved);
	if (is_busy(own) || !_bas_sample_bytes(own, size))
		return;
	sample = own != NULL ? _bas_sample_of(own) : NULL;
	if (!is_wanted(sample))
		return;
	_bas_large_set_alone(moved);
	(void)sample_put(sample, moved, NULL, size, request);
}

void
_bas_prof_forget_arena(const struct arena *arena)
{

	if (prof_life_is_kept()) {
		ends_keep(NULL, arena, cache_own());
		return;
	}
	lock_take(&table.lock);
	_bas_prof_objects_end(is_of_arena, arena);
	lock_give(&table.lock);
}

struct lock *
_bas_prof_lock(void)
{

	return (&table.lock);
}

/* Other threads' samples are as they left them, but nobody uses them. */
void
_bas_prof_mend(void)
{
	bool lost = lock_is_held(&table.lock);
	struct cache *own = cache_own();

	if (lost)
		_bas_prof_recent_lose();
	_bas_prof_table_mend();
	_bas_prof_dump_mend();
	_bas_prof_log_mend(lost);
	/* It may be busy still: a function of the program's forks, too. */
	if (lost && own != NULL && own->sample != NULL)
		own->sample->thread = NULL;
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "heap/bin.h"
#include "heap/lodge.h"
#include "meta/pagemap.h"
#include "util/report.h"

void
_bas_bin_init(struct bin *bin)
{

	memset(bin, 0, sizeof(*bin));
	_bas_lock_init(&bin->lock, RANK_BIN);
}

/* Pages without memory, of all bins; a sum without a lock: relaxed. */
static _Atomic size_t all_clean;

void
_bas_bin_count_clean(struct bin *bin, unsigned n, bool more)
{

	if (n == 0)
		return;
	if (more) {
		counter_add(&bin->nclean, n);
		atomic_fetch_add_explicit(&all_clean, n,
		    memory_order_relaxed);
	} else {
		counter_sub(&bin->nclean, n);
		atomic_fetch_sub_explicit(&all_clean, n,
		    memory_order_relaxed);
	}
}

size_t
_bas_bins_clean(void)
{

	return (atomic_load_explicit(&all_clean, memory_order_relaxed));
}

static void
level_take(struct bin *bin, struct slab *slab)
{

	if (unlikely(bin->cursor == slab))
		bin->cursor = slab->next;
	if (slab->prev != NULL)
		slab->prev->next = slab->next;
	else
		bin->level[slab->level] = slab->next;
	if (slab->next != NULL)
		slab->next->prev = slab->prev;
	slab->level = SLAB_NONE;
	counter_sub(&bin->nonfull, 1);
}

static void
level_put(struct bin *bin, struct slab *slab, unsigned level)
{

	slab->level = (uint8_t)level;
	slab->prev = NULL;
	slab->next = bin->level[level];
	if (slab->next != NULL)
		slab->next->prev = slab;
	bin->level[level] = slab;
	counter_add(&bin->nonfull, 1);
}

/*
 * The list that a slab's free objects call for: which quarter of them is
 * the last to be free.  Compared, since a division takes longer.
 */
static unsigned
slab_level(const struct slab *slab)
{
	unsigned nregs = sizeclass_nregs(slab->class);
	unsigned quarters = slab->nfree * BIN_QUARTERS;

	if (quarters == 0)
		return (SLAB_NONE);
	return ((unsigned)(quarters > nregs) + (quarters > 2 * nregs) +
	    (quarters > 3 * nregs));
}

void
_bas_bin_move(struct bin *bin, struct slab *slab, unsigned level)
{

	if (level == slab->level)
		return;
	if (slab->level != SLAB_NONE)
		level_take(bin, slab);
	else if (slab->nfree != sizeclass_nregs(slab->class))
		counter_add(&bin->nreslabs, 1);
	if (level != SLAB_NONE)
		level_put(bin, slab, level);
}

static void
slab_place(struct bin *bin, struct slab *slab)
{

	slab->stamp = bin->pass;
	_bas_bin_move(bin, slab, slab_level(slab));
}

/* The lock goes first: a handler of the abort may allocate. */
static _Noreturn void
give_fail(struct bin *bin, const void *p, enum slab_error error)
{

	lock_give(&bin->lock);
	_bas_report_misuse("free", error == SLAB_FREE ?
	    "object is free already (double free)" :
	    "pointer is not the start of an object", p);
}

/* locked: the bin whose lock is held, or NULL. */
static struct slab *
slab_check(struct bin *locked, const void *p, unsigned class)
{
	struct slab *slab;

	slab = _bas_slab_of(p, class);
	if (slab == NULL) {
		if (locked != NULL)
			lock_give(&locked->lock);
		_bas_report_misuse("free",
		    "object is free already (double free)", p);
	}
	return (slab);
}

/* An empty slab, out of the bin and on *empty. */
static void
slab_remove(struct bin *bin, struct slab *slab, struct slab **empty)
{

	level_take(bin, slab);
	counter_sub(&bin->curslabs, 1);
	_bas_bin_count_clean(bin, bit_count(slab->clean), false);
	slab->next = *empty;
	*empty = slab;
}

/*
 * One object back that is not plainly the bin's own; 1: it was a guest.  A
 * slab set aside by a fork keeps what it has.
 */
static __attribute__((noinline)) unsigned
other_give(struct bin *bin, const struct slab *slab, void *p,
    enum slab_error error)
{
	unsigned guest = error == SLAB_GUEST;

	if (error == SLAB_LOST)
		guest = _bas_slab_class(p) != slab->class;
	else if (!guest)
		give_fail(bin, p, error);
	if (guest != 0)
		_bas_lodge_count(slab);
	return (guest);
}

/* How many guests that is, 0 or 1. */
static unsigned
object_give(struct bin *bin, struct slab *slab, void *p)
{
	enum slab_error error = SLAB_LOST;

	if (likely(slab->epoch == bin->epoch))
		error = _bas_slab_give(slab, p);
	return (likely(error == SLAB_OK) ? 0 :
	    other_give(bin, slab, p, error));
}

/*
 * The same for all objects of the slab that come next; how many.  Guests are
 * added to *guests.
 */
static unsigned
run_give(struct bin *bin, struct slab *slab, void *const *objects, unsigned n,
    unsigned *guests)
{
	enum slab_error error;
	unsigned done = 0;

	if (n == 1 || !slab_holds(slab, objects[1])) {
		*guests += object_give(bin, slab, objects[0]);
		return (1);
	}
	if (unlikely(slab->epoch != bin->epoch || slab_has_lodge(slab))) {
		while (done < n && slab_holds(slab, objects[done]))
			*guests += object_give(bin, slab, objects[done++]);
		return (done);
	}
	done = _bas_slab_give_run(slab, objects, n, &error);
	if (error != SLAB_OK)
		give_fail(bin, objects[done], error);
	return (done);
}

/*
 * A slab that is empty now and that the bin does not need goes on *empty.
 */
void
_bas_bin_settle(struct bin *bin, struct slab *slab, struct slab **empty)
{

	if (slab->epoch != bin->epoch)
		return;
	slab_place(bin, slab);
	if (slab->nfree != sizeclass_nregs(slab->class) ||
	    counter_read(&bin->nonfull) == 1)
		return;
	slab_remove(bin, slab, empty);
}

static void
inbox_drain(struct bin *bin, struct slab **empty)
{
	struct slab *slab;
	void *p, *next;

	for (p = remote_drain(&bin->remote); p != NULL; p = next) {
		slab = slab_check(bin, p, pointer_class(p));
		if (slab->bin != bin)
			give_fail(bin, p, SLAB_INSIDE);
		next = remote_next(p);
		counter_add(&bin->ndalloc, 1 - object_give(bin, slab, p));
		_bas_bin_settle(bin, slab, empty);
	}
}

bool
_bas_bin_release(struct slab *empty)
{
	struct slab *next;
	bool due = false;

	for (; empty != NULL; empty = next) {
		next = empty->next;
		due |= _bas_slab_unmake(empty);
	}
	return (due);
}

static void
bin_unlock(struct bin *bin, const struct slab *slab)
{

	if (config_debug && slab != NULL && slab->epoch == bin->epoch &&
	    !_bas_slab_is_valid(slab))
		_bas_report_fatal("bin", "slab is not valid");
	lock_give(&bin->lock);
}

static struct slab *
slab_pick(const struct bin *bin)
{
	unsigned i;

	for (i = 0; i < BIN_LEVELS; i++)
		if (bin->level[i] != NULL)
			return (bin->level[i]);
	return (NULL);
}

/* A new slab in the bin.  The lock is dropped while it is made. */
static bool
bin_grow(struct bin *bin, struct pages *pages, unsigned class)
{
	struct slab *slab;

	lock_give(&bin->lock);
	slab = _bas_slab_make(pages, bin, class);
	lock_take(&bin->lock);
	if (slab == NULL)
		return (false);
	counter_add(&bin->nslabs, 1);
	counter_add(&bin->curslabs, 1);
	slab_place(bin, slab);
	return (true);
}

/* Pages that objects were taken from have memory again. */
static void
clean_settle(struct bin *bin, struct slab *slab)
{
	uint16_t clean = slab->clean & (uint16_t)_bas_slab_vacant(slab);

	_bas_bin_count_clean(bin, bit_count(slab->clean & ~clean), false);
	slab->clean = clean;
}

void
_bas_bin_taken(struct bin *bin, struct slab *slab)
{

	if (slab->clean != 0)
		clean_settle(bin, slab);
	slab_place(bin, slab);
}

unsigned
_bas_bin_refill(struct bin *bin, struct pages *pages, unsigned class,
    void **end, unsigned n)
{
	struct slab *slab = NULL, *empty = NULL;
	unsigned got = 0, took;

	lock_take(&bin->lock);
	inbox_drain(bin, &empty);
	while (got < n) {
		slab = slab_pick(bin);
		if (slab == NULL) {
			if (got > 0 || !bin_grow(bin, pages, class))
				break;
			continue;
		}
		took = _bas_slab_take(slab, end - got, n - got);
		got += took;
		_bas_bin_taken(bin, slab);
	}
	counter_add(&bin->nmalloc, got);
	counter_add(&bin->nfills, 1);
	bin_unlock(bin, slab);
	(void)_bas_bin_release(empty);
	return (got);
}

/*
 * The first one's bin is locked by another thread: into its inbox, with
 * what else is of it, and away.  If the lock is free by then, that thread
 * may not have seen it.
 */
static unsigned
flush_remote(struct bin *bin, unsigned class, void **objects, unsigned n,
    bool *due)
{
	void *first = objects[0], *last = first;
	struct slab *empty = NULL;
	unsigned i, kept = 0;

	for (i = 1; i < n; i++) {
		if (slab_check(NULL, objects[i], class)->bin != bin) {
			objects[kept++] = objects[i];
			continue;
		}
		remote_link(objects[i], first);
		first = objects[i];
	}
	remote_push(&bin->remote, first, last);
	if (lock_try(&bin->lock)) {
		inbox_drain(bin, &empty);
		bin_unlock(bin, NULL);
		*due |= _bas_bin_release(empty);
	}
	return (kept);
}

/*
 * The objects of a slab of another bin that come next, to the front; how many.
 */
static unsigned
run_keep(const struct slab *slab, void *const *objects, unsigned n, void **to,
    unsigned *kept)
{
	unsigned done = 0;

	do
		to[done] = objects[done];
	while (++done < n && slab_holds(slab, objects[done]));
	*kept += done;
	return (done);
}

unsigned
_bas_bin_flush(const struct bin *own, unsigned class, void **objects,
    unsigned n, bool *due)
{
	struct slab *slab, *empty = NULL;
	struct bin *bin;
	unsigned i = 0, kept = 0, guests = 0;

	slab = slab_check(NULL, objects[0], class);
	bin = slab->bin;
	if (bin == own)
		lock_take(&bin->lock);
	else if (!lock_try(&bin->lock))
		return (flush_remote(bin, class, objects, n, due));
	inbox_drain(bin, &empty);
	/* Neighbours in the batch often are neighbours in memory. */
	for (;;) {
		if (slab->bin == bin) {
			i += run_give(bin, slab, objects + i, n - i,
			    &guests);
			_bas_bin_settle(bin, slab, &empty);
		} else
			i += run_keep(slab, objects + i, n - i,
			    objects + kept, &kept);
		if (i == n)
			break;
		slab = slab_check(bin, objects[i], class);
	}
	counter_add(&bin->ndalloc, n - kept - guests);
	counter_add(&bin->nflushes, 1);
	bin_unlock(bin, NULL);
	if (_bas_bin_release(empty))
		*due = true;
	return (kept);
}

static void
level_trim(struct bin *bin, unsigned level, struct slab **empty)
{
	struct slab *slab, *next;

	for (slab = bin->level[level]; slab != NULL; slab = next) {
		next = slab->next;
		if (slab->nfree == sizeclass_nregs(slab->class))
			slab_remove(bin, slab, empty);
	}
}

bool
_bas_bin_trim(struct bin *bin)
{
	struct slab *empty = NULL;

	lock_take(&bin->lock);
	inbox_drain(bin, &empty);
	level_trim(bin, BIN_QUARTERS - 1, &empty);
	level_trim(bin, BIN_THINNED, &empty);
	bin_unlock(bin, NULL);
	return (_bas_bin_release(empty));
}

/* What slab_thin() marks as in use meanwhile is not counted as held. */
static void
slab_held(const struct slab *slab, size_t *bytes, unsigned *n)
{
	unsigned class = slab->class;
	unsigned used = sizeclass_nregs(class) - slab->nfree;
	size_t there = sizeclass_slab_size(class) -
	    bit_count(slab->clean) * PAGE;
	size_t serves = used * sizeclass_size(class);

	*bytes = there > serves ? there - serves : 0;
	*n = used - _bas_lodge_slots(slab);
}

/* The slab stays as long as p is in use, so it is found without the lock. */
bool
_bas_bin_held(const void *p, unsigned class, size_t *bytes, unsigned *n)
{
	struct slab *slab = _bas_slab_of(p, class);
	bool known;

	if (slab == NULL || slab->class != class)
		return (false);
	lock_take(&slab->bin->lock);
	known = slab->epoch == slab->bin->epoch;
	if (known)
		slab_held(slab, bytes, n);
	lock_give(&slab->bin->lock);
	return (known && *n != 0);
}

size_t
_bas_bin_live(const struct bin *bin)
{
	size_t in;

	in = counter_read(&bin->ndalloc) +
	    atomic_load_explicit(&bin->guests_in, memory_order_relaxed);
	/*
	 * What came in is read before what went out, or more may have come
	 * in: each came in after it went out, in an order of a lock or of the
	 * program.  Acquire, or a processor might load the other way round.
	 */
	atomic_thread_fence(memory_order_acquire);
	return (counter_read(&bin->nmalloc) + atomic_load_explicit(
	    &bin->guests_out, memory_order_relaxed) - in);
}

/* The slabs are forgotten. */
static void
slabs_forget(struct bin *bin)
{

	memset(bin->level, 0, sizeof(bin->level));
	bin->cursor = NULL;
	atomic_store_explicit(&bin->nonfull, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->curslabs, 0, memory_order_relaxed);
	atomic_store_explicit(&bin->lodged, 0, memory_order_relaxed);
	_bas_bin_count_clean(bin, (unsigned)counter_read(&bin->nclean),
	    false);
}

size_t
_bas_bin_discard(struct bin *bin)
{
	size_t n;
	void *p;

	lock_take(&bin->lock);
	n = _bas_bin_live(bin);
	for (p = remote_drain(&bin->remote); p != NULL; p = remote_next(p))
		n--;
	slabs_forget(bin);
	atomic_store_explicit(&bin->ndalloc, counter_read(&bin->nmalloc),
	    memory_order_relaxed);
	atomic_store_explicit(&bin->guests_in, atomic_load_explicit(
	    &bin->guests_out, memory_order_relaxed), memory_order_relaxed);
	lock_give(&bin->lock);
	return (n);
}

/* But for the objects in them. */
void
_bas_bin_mend(struct bin *bin)
{

	if (!lock_is_held(&bin->lock))
		return;
	slabs_forget(bin);
	bin->epoch++;
	_bas_lock_init(&bin->lock, RANK_BIN);
}

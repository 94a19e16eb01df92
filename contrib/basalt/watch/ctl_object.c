/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about pointers: whose they are, what lies around them, and
 * many at once.  The pointers asked about may be anybody's, and those who
 * ask vouch that what is ours is not freed meanwhile.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "heap/arena.h"
#include "heap/large.h"
#include "heap/slab.h"
#include "malloc_np.h"
#include "meta/pagemap.h"
#include "thread/object.h"
#include "thread/sample.h"
#include "watch/ctl_handler.h"
#include "watch/prof.h"

/* What programs are told of one pointer, and of each of many. */
struct query {
	void	*slabcur;	/* the slab that serves its bin next */
	size_t	nfree;		/* objects free in its own */
	size_t	nregs;		/* objects there are */
	size_t	size;		/* bytes of the slab, or of the object */
	size_t	bin_nfree;
	size_t	bin_nregs;
};

struct query_short {
	size_t	nfree;
	size_t	nregs;
	size_t	size;
};

static void
bin_query(struct bin *bin, struct query *query)
{
	size_t out;
	unsigned i;

	query->bin_nregs = counter_read(&bin->curslabs) * query->nregs;
	out = counter_read(&bin->nmalloc) - counter_read(&bin->ndalloc) +
	    counter_read(&bin->lodged);
	query->bin_nfree = query->bin_nregs - out;
	for (i = 0; i < BIN_LEVELS && query->slabcur == NULL; i++)
		if (bin->level[i] != NULL)
			query->slabcur = (void *)bin->level[i]->base;
}

static void
object_query(const void *p, struct query *query)
{
	unsigned class = pointer_class(p);
	struct slab *slab;

	*query = (struct query){ 0 };
	if (class == SC_NONE || _bas_arena_of(p) == NULL)
		return;
	if (class > SC_NSMALL) {
		query->nregs = 1;
		query->size = _bas_large_size("mallctl",
		    (void *)((uintptr_t)p & ~(PAGE - 1)));
		return;
	}
	slab = _bas_slab_of(p, class);
	if (slab == NULL)
		return;
	query->nregs = sizeclass_nregs(slab->class);
	query->size = sizeclass_slab_size(slab->class);
	lock_take(&slab->bin->lock);
	query->nfree = slab->nfree;
	bin_query(slab->bin, query);
	lock_give(&slab->bin->lock);
}

int
_bas_ctl_query(const struct ctl_call *call, void *oldp, size_t *oldlenp,
    const void *newp, size_t newlen)
{
	struct query query;
	const void *p;

	(void)call;
	if (oldp == NULL || oldlenp == NULL || *oldlenp != sizeof(query) ||
	    newp == NULL || newlen != sizeof(p))
		return (EINVAL);
	memcpy(&p, newp, sizeof(p));
	object_query(p, &query);
	memcpy(oldp, &query, sizeof(query));
	return (0);
}

int
_bas_ctl_batch_query(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	struct query_short answer;
	struct query query;
	const void *p;
	size_t i, n = newlen / sizeof(p);

	(void)call;
	if (oldp == NULL || oldlenp == NULL || newp == NULL || n == 0 ||
	    newlen != n * sizeof(p) || *oldlenp != n * sizeof(answer))
		return (EINVAL);
	for (i = 0; i < n; i++) {
		memcpy(&p, (const char *)newp + i * sizeof(p), sizeof(p));
		object_query(p, &query);
		answer = (struct query_short){ query.nfree, query.nregs,
		    query.size };
		memcpy((char *)oldp + i * sizeof(answer), &answer,
		    sizeof(answer));
	}
	return (0);
}

int
_bas_ctl_arenas_lookup(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	struct arena *arena;
	const void *p = NULL;
	int error;

	(void)call;
	error = _bas_ctl_in(&p, sizeof(p), newp, newlen);
	if (error != 0)
		return (error);
	arena = pagemap_class(p) == SC_NONE ? NULL : _bas_arena_of(p);
	if (arena == NULL)
		return (EINVAL);
	return (_bas_ctl_out(&arena->index, sizeof(arena->index), oldp,
	    oldlenp));
}

/* Each of them may be a sample. */
static size_t
batch_sampled(const batch_alloc_packet_t *batch)
{
	bool zero = (batch->flags & MALLOCX_ZERO) != 0;
	size_t align = flags_align(batch->flags), i;
	struct origin from;
	void *p;

	if (_bas_object_size(batch->size, align) == 0 ||
	    !_bas_origin_of(&from, batch->flags))
		return (0);
	for (i = 0; i < batch->num; i++) {
		p = _bas_prof_alloc(&from, batch->size, align, batch->size,
		    zero);
		if (p == NULL)
			p = _bas_object_alloc(&from, batch->size, align,
			    zero);
		if (p == NULL)
			break;
		batch->ptrs[i] = p;
	}
	return (i);
}

/* As far as memory reaches. */
int
_bas_ctl_batch_alloc(const struct ctl_call *call, void *oldp,
    size_t *oldlenp, const void *newp, size_t newlen)
{
	batch_alloc_packet_t batch;
	size_t n;

	(void)call;
	(void)oldlenp;
	if (newp == NULL || newlen != sizeof(batch))
		return (EINVAL);
	memcpy(&batch, newp, sizeof(batch));
	n = _bas_sample_on ? batch_sampled(&batch) :
	    _bas_batch_alloc(batch.ptrs, batch.num, batch.size, batch.flags);
	memcpy(oldp, &n, sizeof(n));
	return (0);
}

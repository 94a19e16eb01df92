/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The last samples, whether they live or not: a queue whose oldest go as new
 * ones come.  Who wants to see them gets a copy, so that a function of the
 * program's is called with nothing held.
 */
#include <errno.h>
#include <string.h>

#include "meta/base.h"
#include "os/os.h"
#include "thread/sample.h"
#include "util/bits.h"
#include "util/fmt.h"
#include "watch/emit.h"
#include "watch/prof_life.h"

#define	table	_bas_prof_table

/* What may come while memory for a copy is mapped. */
#define	MORE		((size_t)64 << 10)

/* Each keeps its thread and its stack from going. */
struct event {
	uint64_t	time;
	struct prof_thread *thread;	/* NULL: not known */
	struct prof_stack *stack;	/* NULL: not known */
};

struct prof_recent {
	struct prof_recent *next;	/* the next that came */
	struct prof_object *object;	/* NULL: it is gone */
	size_t		request, size;
	struct event	alloc, end;
};

/* Of one of the two, and where its stack is in the item's. */
struct item_event {
	uint64_t	time, uid;
	char		name[PROF_NAME_SIZE];
	bool		known;
	unsigned	first, n;
};

/* A copy; the next one follows the addresses. */
struct item {
	size_t		request, size;
	bool		released;
	struct item_event alloc, end;
	uintptr_t	pcs[];
};

static struct {
	struct prof_recent *first, *last;
	size_t		n;
} recent;

static void
event_set(struct event *event, uint64_t time, struct prof_thread *thread,
    struct prof_stack *stack)
{

	*event = (struct event){ time, thread, stack };
	if (thread != NULL)
		thread->refs++;
	if (stack != NULL)
		stack->refs++;
}

static void
event_drop(const struct event *event)
{

	if (event->stack != NULL)
		_bas_prof_stack_give(event->stack);
	if (event->thread != NULL)
		_bas_prof_thread_give(event->thread);
}

static void
first_drop(void)
{
	struct prof_recent *first = recent.first;

	recent.first = first->next;
	if (recent.first == NULL)
		recent.last = NULL;
	recent.n--;
	if (first->object != NULL)
		first->object->recent = NULL;
	event_drop(&first->alloc);
	event_drop(&first->end);
	_bas_base_free(first, sizeof(*first));
}

static ssize_t
recent_max(void)
{

	return (atomic_load_explicit(&_bas_prof.recent_max,
	    memory_order_relaxed));
}

static void
recent_trim(ssize_t max)
{

	while (max >= 0 && recent.n > (size_t)max)
		first_drop();
}

/* Without memory for it, it is not among them. */
void
_bas_prof_recent_put(struct prof_object *object)
{
	struct prof_recent *last;
	ssize_t max = recent_max();

	if (max == 0)
		return;
	last = _bas_base_alloc(sizeof(*last));
	if (last == NULL)
		return;
	*last = (struct prof_recent){ .object = object,
	    .request = object->request, .size = object->size };
	event_set(&last->alloc, object->time, object->site->thread,
	    object->site->stack);
	object->recent = last;
	if (recent.last == NULL)
		recent.first = last;
	else
		recent.last->next = last;
	recent.last = last;
	recent.n++;
	recent_trim(max);
}

void
_bas_prof_recent_end(struct prof_object *object,
    const struct prof_moment *end)
{
	struct prof_recent *r = object->recent;

	if (r == NULL)
		return;
	object->recent = NULL;
	r->object = NULL;
	if (end != NULL)
		event_set(&r->end, end->time, end->thread,
		    _bas_prof_stack_of(end->pcs, end->n,
		    _bas_prof_stack_hash(end->pcs, end->n)));
}

void
_bas_prof_recent_lose(void)
{

	memset(&recent, 0, sizeof(recent));
}

void
_bas_prof_recent_max_set(ssize_t max)
{

	lock_take(&table.lock);
	atomic_store_explicit(&_bas_prof.recent_max, max,
	    memory_order_relaxed);
	recent_trim(max);
	lock_give(&table.lock);
}

static unsigned
event_depth(const struct event *event)
{

	return (event->stack != NULL ? event->stack->n : 0);
}

static size_t
item_size(unsigned npcs)
{

	return (sizeof(struct item) + npcs * sizeof(uintptr_t));
}

static size_t
items_size(void)
{
	const struct prof_recent *r;
	size_t size = 0;

	for (r = recent.first; r != NULL; r = r->next)
		size += item_size(event_depth(&r->alloc) +
		    event_depth(&r->end));
	return (size);
}

static void
event_copy(struct item *item, struct item_event *to,
    const struct event *event, unsigned first)
{

	*to = (struct item_event){ .time = event->time, .first = first,
	    .n = event_depth(event), .known = event->thread != NULL };
	if (event->thread != NULL) {
		to->uid = event->thread->uid;
		memcpy(to->name, event->thread->name, sizeof(to->name));
	}
	if (event->stack != NULL)
		memcpy(item->pcs + first, event->stack->pcs,
		    to->n * sizeof(item->pcs[0]));
}

/* All of them, one behind the other; the lock is held, and there is room. */
static void
items_copy(void *memory)
{
	const struct prof_recent *r;
	struct item *item = memory;

	for (r = recent.first; r != NULL; r = r->next) {
		item->request = r->request;
		item->size = r->size;
		item->released = r->object == NULL;
		event_copy(item, &item->alloc, &r->alloc, 0);
		event_copy(item, &item->end, &r->end, item->alloc.n);
		item = (struct item *)(item->pcs + item->alloc.n +
		    item->end.n);
	}
}

/* Memory of *mapped bytes with *used of items; NULL: there is none. */
static void *
items_take(size_t *mapped, size_t *used)
{
	size_t size = MORE;
	void *memory;

	for (;;) {
		*mapped = ROUNDUP(size, _bas_os_info.page);
		memory = _bas_os_map(*mapped, _bas_os_info.page);
		if (memory == NULL)
			return (NULL);
		lock_take(&table.lock);
		*used = items_size();
		if (*used <= *mapped)
			items_copy(memory);
		lock_give(&table.lock);
		if (*used <= *mapped)
			return (memory);
		(void)_bas_os_unmap(memory, *mapped);
		size = *used + *used / 8 + MORE;
	}
}

static void
number_write(struct emit *emit, const char *prefix, const char *name,
    uint64_t value)
{
	char key[32];

	(void)_bas_fmt(key, sizeof(key), "%s%s", prefix, name);
	_bas_emit_value(emit, key, NULL, CTL_UINT64, &value);
}

static void
event_write(struct emit *emit, const struct item *item,
    const struct item_event *event, const char *prefix)
{
	const char *name = event->name;
	char key[32];
	unsigned i;

	if (!event->known)
		return;
	number_write(emit, prefix, "_thread_uid", event->uid);
	if (name[0] != '\0') {
		(void)_bas_fmt(key, sizeof(key), "%s_thread_name", prefix);
		_bas_emit_value(emit, key, NULL, CTL_STRING, &name);
	}
	number_write(emit, prefix, "_time", event->time);
	(void)_bas_fmt(key, sizeof(key), "%s_trace", prefix);
	_bas_emit_array(emit, key);
	for (i = 0; i < event->n; i++)
		_bas_emit_address(emit, item->pcs[event->first + i]);
	_bas_emit_array_end(emit);
}

static void
item_write(struct emit *emit, const struct item *item)
{

	_bas_emit_dict(emit, NULL, NULL);
	_bas_emit_value(emit, "size", NULL, CTL_SIZE, &item->request);
	_bas_emit_value(emit, "usize", NULL, CTL_SIZE, &item->size);
	_bas_emit_value(emit, "released", NULL, CTL_BOOL, &item->released);
	event_write(emit, item, &item->alloc, "alloc");
	event_write(emit, item, &item->end, "dalloc");
	_bas_emit_dict_end(emit);
}

int
_bas_prof_recent_dump(void (*write)(void *, const char *), void *arg)
{
	uint64_t period = (uint64_t)1 << _bas_sample_lg();
	ssize_t max = recent_max();
	size_t mapped, used, at;
	const struct item *item;
	struct emit emit;
	char *memory;

	memory = items_take(&mapped, &used);
	if (memory == NULL)
		return (ENOMEM);
	_bas_emit_begin(&emit, true, write, arg);
	_bas_emit_value(&emit, "sample_interval", NULL, CTL_UINT64, &period);
	_bas_emit_value(&emit, "recent_alloc_max", NULL, CTL_SSIZE, &max);
	_bas_emit_array(&emit, "recent_alloc");
	for (at = 0; at < used; at += item_size(item->alloc.n +
	    item->end.n)) {
		item = (const struct item *)(memory + at);
		item_write(&emit, item);
	}
	_bas_emit_array_end(&emit);
	_bas_emit_end(&emit);
	(void)_bas_os_unmap(memory, mapped);
	return (0);
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <stdatomic.h>
#include <string.h>

#include "heap/sizeclass.h"
#include "meta/base.h"
#include "thread/sample.h"
#include "util/options.h"
#include "watch/prof_life.h"
#include "watch/prof_table.h"

struct prof_table _bas_prof_table = { .lock = LOCK_INITIALIZER(RANK_PROF) };
struct prof_classes _bas_prof_classes;

#define	table	_bas_prof_table
#define	classes	_bas_prof_classes

/* By hash, under the lock; some are in use again. */
static struct prof_stack	*idle_stacks[PROF_IDLE];

unsigned
_bas_prof_class_of(size_t size)
{

	return (size <= SC_SMALL_MAX ? sizeclass_of(size) :
	    SC_NSMALL + 1 + sizeclass_large_of(size));
}

static void
thread_free(struct prof_thread *thread)
{
	struct prof_thread **at;

	for (at = &table.threads; *at != thread; at = &(*at)->next)
		continue;
	*at = thread->next;
	_bas_base_free(thread, sizeof(*thread));
}

/* Its cache is gone: what it had for sampling goes too. */
static bool
thread_has_ended(struct prof_thread *thread)
{
	struct sample *sample = thread->sample;

	if (sample == NULL)
		return (true);
	/* Acquire: the thread does not use it any more. */
	if (!atomic_load_explicit(&sample->ended, memory_order_acquire))
		return (false);
	thread->sample = NULL;
	_bas_base_free(sample, sizeof(*sample));
	return (true);
}

/* Threads that are gone, and nothing of them is left. */
static void
threads_sweep(void)
{
	struct prof_thread *thread, *next;

	for (thread = table.threads; thread != NULL; thread = next) {
		next = thread->next;
		if (thread_has_ended(thread) && thread->refs == 0 &&
		    thread != table.nobody)
			thread_free(thread);
	}
}

static struct prof_thread *
thread_make(struct sample *sample)
{
	struct prof_thread *thread;

	threads_sweep();
	thread = _bas_base_alloc(sizeof(*thread));
	if (thread == NULL)
		return (NULL);
	*thread = (struct prof_thread){ .next = table.threads,
	    .sample = sample, .uid = table.next_uid++ };
	table.threads = thread;
	return (thread);
}

struct prof_thread *
_bas_prof_thread_of(struct sample *sample)
{

	if (sample == NULL) {
		if (table.nobody == NULL)
			table.nobody = thread_make(NULL);
		return (table.nobody);
	}
	if (sample->thread == NULL)
		sample->thread = thread_make(sample);
	return (sample->thread);
}

void
_bas_prof_thread_give(struct prof_thread *thread)
{

	if (--thread->refs == 0 && thread != table.nobody &&
	    thread_has_ended(thread))
		thread_free(thread);
}

uint64_t
_bas_prof_stack_hash(const uintptr_t *pcs, unsigned n)
{
	uint64_t hash = n;
	unsigned i;

	for (i = 0; i < n; i++)
		hash = prof_mix(hash ^ pcs[i]) + i;
	return (hash);
}

struct prof_stack *
_bas_prof_stack_of(const uintptr_t *pcs, unsigned n, uint64_t hash)
{
	struct prof_stack *stack;
	struct prof_link *link;

	for (link = prof_hash_first(&table.stacks, hash); link != NULL;
	    link = link->next) {
		stack = (struct prof_stack *)link;
		if (link->hash == hash && stack->n == n &&
		    memcmp(stack->pcs, pcs, n * sizeof(pcs[0])) == 0)
			return (stack);
	}
	stack = _bas_base_alloc(sizeof(*stack) + n * sizeof(pcs[0]));
	if (stack == NULL)
		return (NULL);
	stack->link.hash = hash;
	stack->number = table.next_stack++;
	stack->refs = 0;
	stack->n = n;
	memcpy(stack->pcs, pcs, n * sizeof(pcs[0]));
	if (_bas_prof_hash_put(&table.stacks, &stack->link))
		return (stack);
	_bas_base_free(stack, sizeof(*stack) + n * sizeof(pcs[0]));
	return (NULL);
}

static void
stack_free(struct prof_stack *stack)
{

	_bas_base_free(stack, sizeof(*stack) + stack->n *
	    sizeof(stack->pcs[0]));
}

static void
stack_drop(struct prof_stack *stack)
{

	_bas_prof_hash_take(&table.stacks, &stack->link);
	if (table.pinned == 0) {
		stack_free(stack);
		return;
	}
	stack->parked = table.parked;
	table.parked = stack;
}

/*
 * The same calls lead to the next sample, often, when the last one is gone.
 * So it stays until another one of its kind does.
 */
void
_bas_prof_stack_give(struct prof_stack *stack)
{
	struct prof_stack **idle = &idle_stacks[stack->link.hash % PROF_IDLE];

	if (--stack->refs != 0 || *idle == stack)
		return;
	if (*idle != NULL && (*idle)->refs == 0)
		stack_drop(*idle);
	*idle = stack;
}

static struct prof_site *
site_find(const struct prof_thread *thread, const struct prof_stack *stack,
    unsigned class, uint64_t hash)
{
	struct prof_site *site;
	struct prof_link *link;

	for (link = prof_hash_first(&table.sites, hash); link != NULL;
	    link = link->next) {
		site = (struct prof_site *)link;
		if (site->stack == stack && site->thread == thread &&
		    site->class == class)
			return (site);
	}
	return (NULL);
}

static struct prof_site *
site_of(struct prof_thread *thread, struct prof_stack *stack, unsigned class)
{
	struct prof_site *site;
	uint64_t hash;

	hash = prof_mix((uintptr_t)stack ^ (prof_mix((uintptr_t)thread) +
	    class));
	site = site_find(thread, stack, class, hash);
	if (site != NULL)
		return (site);
	site = _bas_base_alloc(sizeof(*site));
	if (site == NULL)
		return (NULL);
	*site = (struct prof_site){ .link = { .hash = hash }, .stack = stack,
	    .thread = thread, .class = class };
	if (!_bas_prof_hash_put(&table.sites, &site->link)) {
		_bas_base_free(site, sizeof(*site));
		return (NULL);
	}
	stack->refs++;
	thread->refs++;
	return (site);
}

static void
site_free(struct prof_link *link)
{
	struct prof_site *site = (struct prof_site *)link;

	_bas_prof_stack_give(site->stack);
	_bas_prof_thread_give(site->thread);
	_bas_base_free(site, sizeof(*site));
}

/* Nothing of it lives, and what has been is not asked for. */
static void
site_check(struct prof_site *site)
{

	if (site->cur_objects != 0 || _bas_options.prof_accum)
		return;
	_bas_prof_hash_take(&table.sites, &site->link);
	site_free(&site->link);
}

/* A sample more of its class, or one less. */
static void
class_count(const struct prof_object *object, bool more)
{
	unsigned class = object->site->class;

	if (!_bas_options.prof_stats)
		return;
	if (!more) {
		classes.live[class].count--;
		classes.live[class].req_sum -= object->request;
		return;
	}
	classes.live[class].count++;
	classes.live[class].req_sum += object->request;
	classes.accum[class].count++;
	classes.accum[class].req_sum += object->request;
}

struct prof_object *
_bas_prof_object_put(struct prof_thread *thread, struct prof_stack *stack,
    const void *p, size_t size, size_t request)
{
	struct prof_object *object;
	struct prof_site *site;

	object = _bas_base_alloc(sizeof(*object));
	if (object == NULL)
		return (NULL);
	site = site_of(thread, stack, _bas_prof_class_of(size));
	if (site == NULL) {
		_bas_base_free(object, sizeof(*object));
		return (NULL);
	}
	*object = (struct prof_object){ .link = {
	    .hash = prof_mix((uintptr_t)p) }, .p = p, .site = site,
	    .size = size, .request = request, .epoch = table.epoch };
	if (!_bas_prof_hash_put(&table.objects, &object->link)) {
		site_check(site);
		_bas_base_free(object, sizeof(*object));
		return (NULL);
	}
	site->cur_objects++;
	site->cur_bytes += size;
	site->accum_objects++;
	site->accum_bytes += size;
	class_count(object, true);
	return (object);
}

struct prof_object *
_bas_prof_object_take(const void *p)
{
	struct prof_object *object;
	struct prof_link *link;

	for (link = prof_hash_first(&table.objects, prof_mix((uintptr_t)p));
	    link != NULL; link = link->next) {
		object = (struct prof_object *)link;
		if (object->p != p)
			continue;
		_bas_prof_hash_take(&table.objects, link);
		return (object);
	}
	return (NULL);
}

void
_bas_prof_object_return(struct prof_object *object)
{

	(void)_bas_prof_hash_put(&table.objects, &object->link);
}

void
_bas_prof_object_end(struct prof_object *object)
{
	struct prof_site *site = object->site;

	if (object->recent != NULL)
		_bas_prof_recent_end(object, NULL);
	if (object->epoch == table.epoch) {
		class_count(object, false);
		site->cur_objects--;
		site->cur_bytes -= object->size;
		site_check(site);
	}
	_bas_base_free(object, sizeof(*object));
}

void
_bas_prof_objects_end(bool (*f)(struct prof_object *, const void *),
    const void *arg)
{
	struct prof_link *link, *next;
	size_t i;

	for (i = 0; i < table.objects.size; i++)
		for (link = table.objects.bucket[i]; link != NULL;
		    link = next) {
			next = link->next;
			if (!f((struct prof_object *)link, arg))
				continue;
			_bas_prof_hash_take(&table.objects, link);
			_bas_prof_object_end((struct prof_object *)link);
		}
}

void
_bas_prof_table_reset(void)
{

	table.epoch++;
	_bas_prof_hash_empty(&table.sites, site_free);
	memset(&classes, 0, sizeof(classes));
	threads_sweep();
}

void
_bas_prof_table_pin(void)
{

	table.pinned++;
}

void
_bas_prof_table_unpin(void)
{
	struct prof_stack *stack;

	if (--table.pinned != 0)
		return;
	while ((stack = table.parked) != NULL) {
		table.parked = stack->parked;
		stack_free(stack);
	}
}

/* Threads of the parent alone are gone: nobody else uses their samples. */
void
_bas_prof_table_mend(void)
{

	if (lock_is_held(&table.lock)) {
		memset(&table, 0, sizeof(table));
		memset(&classes, 0, sizeof(classes));
		memset(idle_stacks, 0, sizeof(idle_stacks));
		_bas_lock_init(&table.lock, RANK_PROF);
	}
	/* A dump of another thread's does not come to its end. */
	table.pinned = 0;
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A log of sampled objects that came and went while it was on.  An object
 * gets the log's number when it comes, and a line when it goes.  What lines
 * refer to, stacks and threads, is in the log once.
 *
 * All of it is in mappings of its own, which go when it has been written.
 * Together they are bounded: what comes after that is counted, no more.
 */
#include <errno.h>
#include <string.h>

#include "os/file.h"
#include "thread/sample.h"
#include "util/config.h"
#include "util/fmt.h"
#include "watch/emit.h"
#include "watch/prof.h"
#include "watch/prof_index.h"
#include "watch/prof_life.h"

#define	table	_bas_prof_table

#define	CHUNK_SIZE	((size_t)256 << 10)
/* Bytes of a log, but for what its last step takes. */
#define	LOG_MAX		((size_t)64 << 20)
#define	NAME_SIZE	(OPTIONS_PATH_SIZE + 96)

/* Things of any size, in the order of their coming, never moved. */
struct chunk {
	struct chunk	*next;
	size_t		used;		/* bytes of data */
	uint64_t	data[];
};
#define	CHUNK_DATA	(CHUNK_SIZE - sizeof(struct chunk))

struct list {
	struct chunk	*first, *last;
};

struct log_stack {
	uint64_t	n;
	uint64_t	pcs[];
};

struct log_thread {
	uint64_t	uid;
	char		name[PROF_NAME_SIZE];
};

/* Threads and stacks by number, from 1. */
struct log_line {
	uint64_t	alloc_time, free_time;
	uint64_t	size;
	uint32_t	alloc_thread, free_thread;
	uint32_t	alloc_stack, free_stack;
};

struct log {
	struct list	stacks, lines;
	struct prof_index stack_index, thread_index;
	struct prof_room threads;	/* struct log_thread */
	size_t		bytes;		/* of chunks */
	uint64_t	begin;
	uint64_t	dropped;
};

/* Under the lock of the table: the one that is on, and how many there were. */
static struct log cur;
static uint32_t log_count;
/* Under the lock of dumps: where it goes, and the one that goes there. */
static struct {
	struct log	log;
	uint64_t	seq;		/* of names that were made */
	bool		made;		/* this is one of them */
	char		name[NAME_SIZE];
	int		fd;
	int		error;
	struct emit	emit;
} out;

static size_t
log_bytes(void)
{

	return (cur.bytes + cur.stack_index.slots.size +
	    cur.thread_index.slots.size + cur.threads.size);
}

/* Room behind what is there; NULL: it is full, or there is no memory. */
static void *
list_add(struct list *list, size_t size)
{
	struct chunk *chunk = list->last;
	void *p;

	if (chunk == NULL || size > CHUNK_DATA - chunk->used) {
		chunk = log_bytes() < LOG_MAX ?
		    _bas_os_map(CHUNK_SIZE, _bas_os_info.page) : NULL;
		if (chunk == NULL)
			return (NULL);
		if (list->last == NULL)
			list->first = chunk;
		else
			list->last->next = chunk;
		list->last = chunk;
		cur.bytes += CHUNK_SIZE;
	}
	p = (char *)chunk->data + chunk->used;
	chunk->used += size;
	return (p);
}

/* The item of so many bytes at *at, or the first of the next chunk. */
static const void *
list_next(const struct chunk **chunk, size_t *at)
{

	while (*chunk != NULL && *at >= (*chunk)->used) {
		*chunk = (*chunk)->next;
		*at = 0;
	}
	return (*chunk == NULL ? NULL :
	    (const char *)(*chunk)->data + *at);
}

static void
list_end(struct list *list)
{
	struct chunk *chunk;

	while ((chunk = list->first) != NULL) {
		list->first = chunk->next;
		(void)_bas_os_unmap(chunk, CHUNK_SIZE);
	}
	list->last = NULL;
}

static void
log_end(struct log *old)
{

	list_end(&old->stacks);
	list_end(&old->lines);
	_bas_prof_index_end(&old->stack_index);
	_bas_prof_index_end(&old->thread_index);
	_bas_prof_room_end(&old->threads);
	memset(old, 0, sizeof(*old));
}

/*
 * The stack's number; 0: there is no room.  Its key is in the index then,
 * with nothing in the list, so nothing may be added from there on.
 */
static uint32_t
stack_number(const uintptr_t *pcs, unsigned n)
{
	struct log_stack *stack;
	uint64_t number;
	bool isnew;
	unsigned i;

	number = _bas_prof_index(&cur.stack_index,
	    _bas_prof_stack_hash(pcs, n), &isnew);
	if (number == 0 || !isnew)
		return ((uint32_t)number);
	stack = list_add(&cur.stacks, sizeof(*stack) +
	    n * sizeof(stack->pcs[0]));
	if (stack == NULL)
		return (0);
	stack->n = n;
	for (i = 0; i < n; i++)
		stack->pcs[i] = pcs[i];
	return ((uint32_t)number);
}

/* The same; a thread is called what it was called when it was last seen. */
static uint32_t
thread_number(const struct prof_thread *thread)
{
	struct log_thread *p;
	uint64_t number;
	bool isnew;

	number = _bas_prof_index(&cur.thread_index, thread->uid, &isnew);
	if (number == 0 ||
	    !_bas_prof_room(&cur.threads, number * sizeof(*p)))
		return (0);
	p = (struct log_thread *)cur.threads.base + number - 1;
	p->uid = thread->uid;
	memcpy(p->name, thread->name, sizeof(p->name));
	return ((uint32_t)number);
}

static bool
line_put(const struct prof_object *object, const struct prof_moment *end)
{
	const struct prof_stack *stack = object->site->stack;
	struct log_line line = { .alloc_time = object->time,
	    .free_time = end->time, .size = object->size };
	void *p;

	line.alloc_thread = thread_number(object->site->thread);
	line.free_thread = thread_number(end->thread);
	line.alloc_stack = stack_number(stack->pcs, stack->n);
	line.free_stack = stack_number(end->pcs, end->n);
	if (line.alloc_thread == 0 || line.free_thread == 0 ||
	    line.alloc_stack == 0 || line.free_stack == 0)
		return (false);
	p = list_add(&cur.lines, sizeof(line));
	if (p != NULL)
		memcpy(p, &line, sizeof(line));
	return (p != NULL);
}

static uint32_t
log_number(void)
{

	return (atomic_load_explicit(&_bas_prof.log, memory_order_relaxed));
}

/* Once something found no room nothing is kept. */
void
_bas_prof_log_put(const struct prof_object *object,
    const struct prof_moment *end)
{

	if (log_number() == 0 || object->log != log_number())
		return;
	if (end->thread == NULL || cur.dropped != 0 || !line_put(object, end))
		cur.dropped++;
}

/* Numbered, never 0. */
static void
log_begin(void)
{

	if (++log_count == 0)
		log_count = 1;
	cur.begin = prof_life_time();
	atomic_store_explicit(&_bas_prof.log, log_count,
	    memory_order_relaxed);
}

static void
name_make(void)
{
	size_t len = _bas_prof_name_begin(out.name, sizeof(out.name));

	(void)_bas_fmt(out.name + len, sizeof(out.name) - len, "%llu.json",
	    (unsigned long long)out.seq++);
	out.made = true;
}

int
_bas_prof_log_start(const char *name)
{
	size_t len = name != NULL ? strlen(name) : 0;
	bool begun = false;

	if (len >= sizeof(out.name))
		return (ENAMETOOLONG);
	lock_take(_bas_prof_dump_lock());
	lock_take(&table.lock);
	if (log_number() == 0) {
		log_begin();
		begun = true;
	}
	lock_give(&table.lock);
	if (begun && name == NULL)
		name_make();
	else if (begun) {
		memcpy(out.name, name, len + 1);
		out.made = false;
	}
	lock_give(_bas_prof_dump_lock());
	return (begun ? 0 : EALREADY);
}

static void
file_write(void *arg, const char *text)
{

	(void)arg;
	if (out.error == 0)
		out.error = _bas_os_write(out.fd, text, strlen(text));
}

static void
number_write(const char *key, uint64_t value)
{

	_bas_emit_value(&out.emit, key, NULL, CTL_UINT64, &value);
}

static void
string_write(const char *key, const char *value)
{

	_bas_emit_value(&out.emit, key, NULL, CTL_STRING, &value);
}

static void
info_write(uint64_t now)
{

	_bas_emit_dict(&out.emit, "info", NULL);
	/* A clock that others set may go back. */
	number_write("duration", now > out.log.begin ? now - out.log.begin :
	    0);
	string_write("version", BASALT_VERSION);
	number_write("lg_sample_rate", _bas_sample_lg());
	string_write("prof_time_resolution",
	    _bas_options.prof_time_resolution == PROF_TIME_HIGH ? "high" :
	    "default");
	number_write("pid", (uint64_t)_bas_os_pid());
	number_write("dropped", out.log.dropped);
	_bas_emit_dict_end(&out.emit);
}

static void
threads_write(void)
{
	const struct log_thread *thread = out.log.threads.base;
	size_t i;

	_bas_emit_array(&out.emit, "threads");
	/* The last may have found no room. */
	for (i = 0; i < out.log.thread_index.count && (i + 1) *
	    sizeof(*thread) <= out.log.threads.size; i++) {
		_bas_emit_dict(&out.emit, NULL, NULL);
		number_write("thr_uid", thread[i].uid);
		string_write("thr_name", thread[i].name);
		_bas_emit_dict_end(&out.emit);
	}
	_bas_emit_array_end(&out.emit);
}

static void
stacks_write(void)
{
	const struct chunk *chunk = out.log.stacks.first;
	const struct log_stack *stack;
	size_t at = 0;
	uint64_t i;

	_bas_emit_array(&out.emit, "stack_traces");
	while ((stack = list_next(&chunk, &at)) != NULL) {
		_bas_emit_array(&out.emit, NULL);
		for (i = 0; i < stack->n; i++)
			_bas_emit_address(&out.emit,
			    (uintptr_t)stack->pcs[i]);
		_bas_emit_array_end(&out.emit);
		at += sizeof(*stack) + stack->n * sizeof(stack->pcs[0]);
	}
	_bas_emit_array_end(&out.emit);
}

static void
lines_write(void)
{
	const struct chunk *chunk = out.log.lines.first;
	const struct log_line *line;
	size_t at = 0;

	_bas_emit_array(&out.emit, "allocations");
	for (; (line = list_next(&chunk, &at)) != NULL; at += sizeof(*line)) {
		_bas_emit_dict(&out.emit, NULL, NULL);
		number_write("alloc_thread", line->alloc_thread - 1);
		number_write("free_thread", line->free_thread - 1);
		number_write("alloc_trace", line->alloc_stack - 1);
		number_write("free_trace", line->free_stack - 1);
		number_write("alloc_timestamp", line->alloc_time);
		number_write("free_timestamp", line->free_time);
		number_write("usize", line->size);
		_bas_emit_dict_end(&out.emit);
	}
	_bas_emit_array_end(&out.emit);
}

static int
log_write(uint64_t now)
{

	out.fd = _bas_os_file_create(out.name, &out.error);
	if (out.fd < 0)
		return (out.error);
	_bas_emit_begin(&out.emit, true, file_write, NULL);
	info_write(now);
	threads_write();
	stacks_write();
	lines_write();
	_bas_emit_end(&out.emit);
	_bas_os_file_close(out.fd);
	return (out.error);
}

int
_bas_prof_log_stop(void)
{
	int error = EALREADY;
	uint64_t now;
	bool was;

	lock_take(_bas_prof_dump_lock());
	lock_take(&table.lock);
	now = prof_life_time();
	was = log_number() != 0;
	if (was) {
		out.log = cur;
		memset(&cur, 0, sizeof(cur));
		atomic_store_explicit(&_bas_prof.log, 0,
		    memory_order_relaxed);
	}
	lock_give(&table.lock);
	if (was)
		error = log_write(now);
	log_end(&out.log);
	lock_give(_bas_prof_dump_lock());
	return (error);
}

/*
 * The parent's log is the parent's.  A child has one of its own, which begins
 * now, if its name can be another; a name that was given cannot.
 */
void
_bas_prof_log_mend(bool lost)
{
	bool was = log_number() != 0;

	atomic_store_explicit(&_bas_prof.log, 0, memory_order_relaxed);
	memset(&out.log, 0, sizeof(out.log));
	if (lost)
		memset(&cur, 0, sizeof(cur));
	else
		log_end(&cur);
	if (!was || !out.made)
		return;
	name_make();
	log_begin();
}

void
_bas_prof_life_begin(struct prof_object *object, uint64_t time)
{

	object->time = time;
	object->log = log_number();
	_bas_prof_recent_put(object);
}

void
_bas_prof_life_end(struct prof_object *object, const struct prof_moment *end)
{

	/* After a reset it has no site to tell of. */
	if (object->epoch == table.epoch)
		_bas_prof_log_put(object, end);
	_bas_prof_recent_end(object, end);
}

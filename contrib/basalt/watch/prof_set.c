/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What programs read and set of heap profiles as they run. */
#include <errno.h>
#include <string.h>

#include "os/wall.h"
#include "thread/cache.h"
#include "thread/sample.h"
#include "thread/tsd.h"
#include "util/options.h"
#include "watch/prof_state.h"
#include "watch/prof_table.h"

#define	table	_bas_prof_table

bool
_bas_prof_active(void)
{

	return (prof_switch(&_bas_prof.active));
}

void
_bas_prof_active_set(bool active)
{

	prof_switch_set(&_bas_prof.active, active);
}

bool
_bas_prof_thread_init(void)
{

	return (prof_switch(&_bas_prof.thread_init));
}

void
_bas_prof_thread_init_set(bool active)
{

	prof_switch_set(&_bas_prof.thread_init, active);
}

static struct sample *
sample_own(void)
{
	struct cache *own = _bas_tsd_cache();

	return (own != NULL ? _bas_sample_of(own) : NULL);
}

bool
_bas_prof_thread_active(void)
{
	struct sample *sample;

	if (!_bas_sample_on)
		return (false);
	sample = sample_own();
	return (sample == NULL || !sample->off_known ?
	    _bas_prof_thread_init() : !sample->off);
}

int
_bas_prof_thread_active_set(bool active)
{
	struct sample *sample = sample_own();

	if (sample == NULL)
		return (EAGAIN);
	sample->off = !active;
	sample->off_known = true;
	return (0);
}

/* The thread's entry is read without the lock: the thread itself is here. */
const char *
_bas_prof_thread_name(void)
{
	struct sample *sample = sample_own();
	const struct prof_thread *thread;

	thread = sample != NULL ? sample->thread : NULL;
	return (thread != NULL ? thread->name : "");
}

/* Only what a line of text can hold. */
static bool
is_of_line(char c)
{

	return (c == '\t' || (c >= ' ' && c <= '~'));
}

static bool
name_is_valid(const char *name)
{

	for (; *name != '\0'; name++)
		if (!is_of_line(*name))
			return (false);
	return (true);
}

static int
name_set(struct sample *sample, const char *name)
{
	struct prof_thread *thread;
	size_t len = strlen(name);

	if (len >= PROF_NAME_SIZE)
		len = PROF_NAME_SIZE - 1;
	lock_take(&table.lock);
	thread = _bas_prof_thread_of(sample);
	if (thread != NULL) {
		memcpy(thread->name, name, len);
		memset(thread->name + len, 0, PROF_NAME_SIZE - len);
	}
	lock_give(&table.lock);
	return (thread != NULL ? 0 : EAGAIN);
}

int
_bas_prof_thread_name_set(const char *name)
{
	struct sample *sample = sample_own();

	if (name == NULL || !name_is_valid(name))
		return (EINVAL);
	return (sample != NULL ? name_set(sample, name) : EAGAIN);
}

void
_bas_prof_thread_name_system(struct sample *sample)
{
	char name[PROF_NAME_SIZE], *c;

	if (_bas_os_thread_name(name, sizeof(name)) != 0)
		return;
	/* To the system any bytes are a name. */
	for (c = name; *c != '\0'; c++)
		if (!is_of_line(*c))
			*c = '?';
	(void)name_set(sample, name);
}

bool
_bas_prof_gdump_on(void)
{

	return (prof_switch(&_bas_prof.gdump));
}

void
_bas_prof_gdump_set(bool on)
{

	/* What there was while nobody looked is no news. */
	if (on && !_bas_prof_gdump_on())
		_bas_prof_gdump_begin();
	prof_switch_set(&_bas_prof.gdump, on);
}

uint64_t
_bas_prof_interval(void)
{

	return (_bas_prof.interval);
}

void
_bas_prof_reset(size_t lg)
{

	lock_take(&table.lock);
	_bas_prof_table_reset();
	_bas_sample_set(lg > SAMPLE_LG_MAX ? SAMPLE_LG_MAX : (unsigned)lg);
	lock_give(&table.lock);
}

prof_backtrace_fn *
_bas_prof_backtrace(void)
{
	prof_backtrace_fn *f;

	f = atomic_load_explicit(&_bas_prof.backtrace, memory_order_relaxed);
	return (f != NULL ? f : _bas_prof_backtrace_own);
}

void
_bas_prof_backtrace_set(prof_backtrace_fn *f)
{

	atomic_store_explicit(&_bas_prof.backtrace,
	    f == _bas_prof_backtrace_own ? NULL : f, memory_order_relaxed);
}

prof_dump_fn *
_bas_prof_dump_hook(void)
{

	return (atomic_load_explicit(&_bas_prof.dump, memory_order_relaxed));
}

void
_bas_prof_dump_hook_set(prof_dump_fn *f)
{

	atomic_store_explicit(&_bas_prof.dump, f, memory_order_relaxed);
}

prof_sample_fn *
_bas_prof_sample(void)
{

	return (atomic_load_explicit(&_bas_prof.sample, memory_order_relaxed));
}

void
_bas_prof_sample_set(prof_sample_fn *f)
{

	atomic_store_explicit(&_bas_prof.sample, f, memory_order_relaxed);
}

prof_sample_free_fn *
_bas_prof_sample_free(void)
{

	return (atomic_load_explicit(&_bas_prof.sample_free,
	    memory_order_relaxed));
}

void
_bas_prof_sample_free_set(prof_sample_free_fn *f)
{

	atomic_store_explicit(&_bas_prof.sample_free, f, memory_order_relaxed);
}

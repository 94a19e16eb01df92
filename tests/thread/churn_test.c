/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Threads whose arenas come and go, while others purge and look. */
#include "threads.h"

#define	NTHREADS	4
#define	NROUNDS		60
#define	NOBJECTS	200

static _Atomic unsigned	running;
static unsigned		automatic;	/* arenas */

struct object {
	void		*p;
	unsigned	class;
};

static const char *
object_check(const struct object *o, unsigned tag)
{
	if (*(unsigned *)o->p != tag)
		return ("an object has changed");
	return (NULL);
}

/* Objects of the thread's arena come and go; some stay. */
static const char *
use_arena(uint64_t *state, unsigned tag)
{
	struct object o[NOBJECTS] = { 0 };
	struct arena *arena = _bas_tsd_cache()->arena;
	const char *wrong = NULL;
	unsigned i, k;

	for (k = 0; k < 1500 && wrong == NULL; k++) {
		i = (unsigned)unit_below(state, NOBJECTS);
		if (o[i].p != NULL) {
			wrong = object_check(&o[i], tag + i);
			threads_put(o[i].class, o[i].p);
			o[i].p = NULL;
			continue;
		}
		o[i].class = 2 + (unsigned)unit_below(state,
		    k % 20 == 0 ? SC_NCLASS - 2 : 40);
		o[i].p = threads_take(o[i].class);
		if (o[i].p == NULL)
			return ("no memory");
		*(unsigned *)o[i].p = tag + i;
	}
	for (i = 0; i < NOBJECTS; i++)
		if (o[i].p != NULL && wrong == NULL)
			wrong = object_check(&o[i], tag + i);
	return (arena == _bas_tsd_cache()->arena ? wrong :
	    "the thread has another arena");
}

/* What of other arenas the cache may hold goes first. */
static const char *
one_round(uint64_t *state, unsigned round)
{
	const char *wrong;
	unsigned i;

	(void)_bas_thread_flush();
	if (_bas_arena_create(NULL, &i) != 0 || _bas_thread_bind(i) != 0)
		return ("there is no arena");
	wrong = use_arena(state, round << 16);
	(void)_bas_thread_flush();
	if (wrong == NULL && round % 2 == 0 && _bas_arena_reset(i) == 0) {
		if (_bas_arena_allocated(_bas_arena_get(i)) != 0)
			return ("something is left of an arena");
		wrong = use_arena(state, round << 16);
		(void)_bas_thread_flush();
	}
	if (_bas_thread_bind(round % automatic) != 0)
		return ("it cannot be left");
	if (_bas_arena_destroy(i) != 0)
		return ("it cannot be destroyed");
	return (wrong);
}

static void *
churn(void *arg)
{
	uint64_t state = (uintptr_t)arg;
	const char *wrong = NULL;
	unsigned round;

	for (round = 0; round < NROUNDS && wrong == NULL; round++)
		wrong = one_round(&state, round);
	running--;
	return ((void *)(uintptr_t)wrong);
}

/* All that goes through the table of arenas. */
static void
look(unsigned k)
{
	struct arena_stats stats;
	struct arena *arena;
	unsigned i;

	_bas_os_fake_clock_advance(30 * MS);
	_bas_arenas_tick(k % 2 == 0 ? _bas_os_clock() : UINT64_MAX);
	for (i = 0; i < _bas_arena_count(); i++) {
		arena = _bas_arena_get(i);
		if (arena == NULL)
			continue;
		_bas_arena_stats(arena, &stats);
		(void)_bas_arena_name(arena);
		if (k % 8 == 0)
			_bas_arena_purge(arena);
		if (k % 8 == 4)
			(void)_bas_arena_set_decay_ms(arena, false, 10);
	}
	if (k % 32 == 31)
		(void)_bas_arenas_squeeze(0);
}

ATF_TC(churn);
ATF_TC_HEAD(churn, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(churn, tc)
{
	pthread_t thread[NTHREADS];
	void *wrong;
	unsigned i, k;

	(void)threads_init(3);
	automatic = _bas_arena_auto_count();
	running = NTHREADS;
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, churn,
		    (void *)(uintptr_t)(i + 1)));
	for (k = 0; running != 0; k++)
		look(k);
	for (i = 0; i < NTHREADS; i++) {
		ATF_REQUIRE_EQ(0, pthread_join(thread[i], &wrong));
		ATF_CHECK_MSG(wrong == NULL, "%s", (const char *)wrong);
	}
	/* No more arenas than were there at once; nothing is left in any. */
	ATF_CHECK(_bas_arena_count() <= automatic + NTHREADS);
	ATF_CHECK_EQ(1, _bas_arena_get(0)->nthreads);
	for (i = 0; i < _bas_arena_count(); i++) {
		if (_bas_arena_get(i) == NULL)
			continue;
		_bas_arena_purge(_bas_arena_get(i));
		ATF_CHECK_EQ(0, _bas_arena_allocated(_bas_arena_get(i)));
	}
	ATF_CHECK_EQ(_bas_extent_mapped(), _bas_extent_retained());
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, churn);
	return (atf_no_error());
}

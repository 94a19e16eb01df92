/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "heap/remote.h"

#define	NTHREADS	4
#define	NEACH		20000

struct object {
	void		*link;
	_Atomic unsigned seen;
};

static struct remote	remote;
static struct object	objects[NTHREADS * NEACH];
static _Atomic unsigned	running;

ATF_TC_WITHOUT_HEAD(chain);
ATF_TC_BODY(chain, tc)
{
	struct object *o = objects;
	void *p;

	ATF_CHECK_EQ(NULL, remote_drain(&remote));
	remote_link(&o[1], &o[0]);
	remote_push(&remote, &o[1], &o[0]);
	remote_push(&remote, &o[2], &o[2]);
	p = remote_drain(&remote);
	ATF_CHECK_EQ(&o[2], p);
	p = remote_next(p);
	ATF_CHECK_EQ(&o[1], p);
	p = remote_next(p);
	ATF_CHECK_EQ(&o[0], p);
	ATF_CHECK_EQ(NULL, remote_next(p));
	ATF_CHECK_EQ(NULL, remote_drain(&remote));
}

static void *
push(void *arg)
{
	struct object *o = arg;
	unsigned i;

	for (i = 0; i < NEACH; i += 2) {
		remote_link(&o[i], &o[i + 1]);
		remote_push(&remote, &o[i], &o[i + 1]);
	}
	running--;
	return (NULL);
}

static void
drain(void)
{
	struct object *o, *next;

	for (o = remote_drain(&remote); o != NULL; o = next) {
		next = remote_next(o);
		o->seen++;
	}
}

/* Each object that is pushed is drained, once. */
ATF_TC_WITHOUT_HEAD(threads);
ATF_TC_BODY(threads, tc)
{
	pthread_t thread[NTHREADS];
	unsigned i;

	running = NTHREADS;
	for (i = 0; i < NTHREADS; i++)
		ATF_REQUIRE_EQ(0, pthread_create(&thread[i], NULL, push,
		    &objects[i * NEACH]));
	while (running != 0)
		drain();
	drain();
	for (i = 0; i < NTHREADS; i++)
		pthread_join(thread[i], NULL);
	for (i = 0; i < NTHREADS * NEACH; i++)
		ATF_REQUIRE_EQ(1, objects[i].seen);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, chain);
	ATF_TP_ADD_TC(tp, threads);
	return (atf_no_error());
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include "util/atomic.h"

static counter		count;
static _Atomic bool	stop;

ATF_TC_WITHOUT_HEAD(arithmetic);
ATF_TC_BODY(arithmetic, tc)
{
	counter_add(&count, 5);
	counter_add(&count, SIZE_MAX / 2);
	counter_sub(&count, 3);
	ATF_CHECK_EQ(SIZE_MAX / 2 + 2, counter_read(&count));
	counter_sub(&count, SIZE_MAX / 2 + 2);
	ATF_CHECK_EQ(0, counter_read(&count));
}

/* Halves that a reader must never see apart. */
static void *
write_on(void *arg)
{
	(void)arg;
	while (!stop) {
		counter_add(&count, 0x100000001);
		counter_add(&count, 0x100000001);
		counter_sub(&count, 0x100000001);
	}
	return (NULL);
}

/* One writes, another reads: it sees values that were true. */
ATF_TC_WITHOUT_HEAD(reader);
ATF_TC_BODY(reader, tc)
{
	pthread_t thread;
	size_t value;
	unsigned i;

	ATF_REQUIRE_EQ(0, pthread_create(&thread, NULL, write_on, NULL));
	for (i = 0; i < 2000000; i++) {
		value = counter_read(&count);
		ATF_REQUIRE_EQ(value >> 32, value & 0xffffffff);
	}
	stop = true;
	pthread_join(thread, NULL);
}

/* A struct as words, out and in again. */
ATF_TC_WITHOUT_HEAD(words);
ATF_TC_BODY(words, tc)
{
	struct { uint32_t a; char b; double c; } x = { 7, 'b', 1.5 }, y;
	_Atomic uint64_t words[sizeof(x) / sizeof(uint64_t) + 1] = { 0 };

	words_write(words, &x, sizeof(x));
	words_read(words, &y, sizeof(y));
	ATF_CHECK_EQ(7, y.a);
	ATF_CHECK_EQ('b', y.b);
	ATF_CHECK_EQ(1.5, y.c);
	ATF_CHECK_EQ(0, words[sizeof(x) / sizeof(uint64_t)]);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, arithmetic);
	ATF_TP_ADD_TC(tp, reader);
	ATF_TP_ADD_TC(tp, words);
	return (atf_no_error());
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "util/fmt.h"

/* The C library is the oracle for what both understand. */
#define	SAME(...) do {							\
	char ours_[256], theirs_[256];					\
	size_t len_;							\
	int expected_;							\
									\
	len_ = _bas_fmt(ours_, sizeof(ours_), __VA_ARGS__);		\
	expected_ = snprintf(theirs_, sizeof(theirs_), __VA_ARGS__);	\
	ATF_CHECK_STREQ(theirs_, ours_);				\
	ATF_CHECK_EQ((size_t)expected_, len_);				\
} while (0)

ATF_TC_WITHOUT_HEAD(numbers);
ATF_TC_BODY(numbers, tc)
{
	SAME("%d %d %d %d", 0, -1, INT_MAX, INT_MIN);
	SAME("%i", -42);
	SAME("%u %u", 0u, UINT_MAX);
	SAME("%ld %lu", LONG_MIN, ULONG_MAX);
	SAME("%lld %lld", LLONG_MIN, LLONG_MAX);
	SAME("%llu %llx", ULLONG_MAX, ULLONG_MAX);
	SAME("%zu %zd %zx", SIZE_MAX, (ssize_t)-7, (size_t)0xbeef);
	SAME("%x %x", 0u, 0xdeadbeefu);
}

ATF_TC_WITHOUT_HEAD(fields);
ATF_TC_BODY(fields, tc)
{
	SAME("[%5d] [%-5d] [%05d] [%5d]", 42, 42, 42, 1234567);
	SAME("[%5d] [%-5d] [%05d]", -42, -42, -42);
	SAME("[%*d] [%-*d] [%*d]", 6, 42, 6, 42, -6, 42);
	SAME("[%08x] [%20llu]", 0xabcu, 12345ULL);
	SAME("[%10s] [%-10s] [%2s]", "abc", "abc", "abcdef");
	SAME("[%3c] [%-3c]", 'x', 'y');
}

ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
	const char unterminated[3] = { 'a', 'b', 'c' };
	const char *volatile null = NULL;
	char buf[32];

	SAME("%s|%.2s|%.*s|%.0s|", "abc", "abc", 1, "abc", "abc");
	SAME("[%6.2s] [%-6.2s]", "abc", "abc");
	SAME("%.*s", (int)sizeof(unterminated), unterminated);
	SAME("100%% %c%c", 'a', 'b');
	SAME("plain");
	_bas_fmt(buf, sizeof(buf), "%s", null);
	ATF_CHECK_STREQ("(null)", buf);
}

ATF_TC_WITHOUT_HEAD(pointers);
ATF_TC_BODY(pointers, tc)
{
	char buf[64];

	_bas_fmt(buf, sizeof(buf), "%p %p", (void *)(uintptr_t)0x7f00beef,
	    NULL);
	ATF_CHECK_STREQ("0x7f00beef 0x0", buf);
}

ATF_TC_WITHOUT_HEAD(short_buffer);
ATF_TC_BODY(short_buffer, tc)
{
	static const char whole[] = "hello-0007";
	char buf[8], expected[8];
	size_t size;

	for (size = 1; size <= sizeof(buf); size++) {
		memset(buf, '#', sizeof(buf));
		memset(expected, '#', sizeof(expected));
		ATF_CHECK_EQ(10, _bas_fmt(buf, size, "%s-%04d", "hello", 7));
		memcpy(expected, whole, size - 1);
		expected[size - 1] = '\0';
		/* Nor is anything behind the end touched. */
		ATF_CHECK_EQ(0, memcmp(buf, expected, sizeof(buf)));
	}
	memset(buf, '#', sizeof(buf));
	ATF_CHECK_EQ(10, _bas_fmt(buf, 0, "%s-%04d", "hello", 7));
	ATF_CHECK_EQ('#', buf[0]);
	ATF_CHECK_EQ(3, _bas_fmt(NULL, 0, "abc"));
}

ATF_TC_WITHOUT_HEAD(unknown);
ATF_TC_BODY(unknown, tc)
{
	const char *volatile format = "a%qb%5!c%";
	char buf[32];

	/* Shown as it stands, also where the format ends too early. */
	_bas_fmt(buf, sizeof(buf), format, 0);
	ATF_CHECK_STREQ("a%qb%5!c%", buf);
}

ATF_TC_WITHOUT_HEAD(errno_kept);
ATF_TC_BODY(errno_kept, tc)
{
	char buf[4];

	errno = 77;
	_bas_fmt(buf, sizeof(buf), "%s %d", "long enough", INT_MIN);
	ATF_CHECK_EQ(77, errno);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, numbers);
	ATF_TP_ADD_TC(tp, fields);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, pointers);
	ATF_TP_ADD_TC(tp, short_buffer);
	ATF_TP_ADD_TC(tp, unknown);
	ATF_TP_ADD_TC(tp, errno_kept);
	return (atf_no_error());
}

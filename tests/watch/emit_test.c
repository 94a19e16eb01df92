/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <atf-c.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch/emit.h"

static char	out[64 * 1024];
static size_t	npieces;
static int	cookie;

/* Each piece is terminated and leaves room for its terminator. */
static void
keep(void *arg, const char *piece)
{
	ATF_CHECK_EQ(&cookie, arg);
	ATF_CHECK(strlen(piece) > 0);
	ATF_CHECK(strlen(piece) < EMIT_SIZE);
	ATF_REQUIRE(strlen(out) + strlen(piece) < sizeof(out));
	strcat(out, piece);
	npieces++;
}

struct point {
	size_t		 x;
	const char	*name;
	bool		 on;
};

static const struct emit_column columns[] = {
	{ .title = "name", .width = 8, .type = CTL_STRING,
	  .offset = offsetof(struct point, name), .align = EMIT_LEFT },
	{ .key = "x", .title = "x", .width = 6, .type = CTL_SIZE,
	  .offset = offsetof(struct point, x) },
	{ .key = "on", .type = CTL_BOOL,
	  .offset = offsetof(struct point, on) },
};

/* One description for both forms. */
static void
describe(bool json)
{
	const struct point a = { 7, "a", true }, b = { 42, "bee", false };
	const ssize_t minus = -1;
	const uint64_t big = UINT64_MAX;
	const char *text = "a \"b\"\\\n";
	struct emit emit;

	out[0] = '\0';
	npieces = 0;
	_bas_emit_begin(&emit, json, keep, &cookie);
	_bas_emit_text(&emit, "only %s\n", "text");
	_bas_emit_dict(&emit, "top", "The top");
	_bas_emit_value(&emit, "minus", "Minus", CTL_SSIZE, &minus);
	_bas_emit_noted(&emit, "big", "Big", CTL_UINT64, &big, "then", &big);
	_bas_emit_value(&emit, NULL, "for people", CTL_BOOL, &a.on);
	_bas_emit_value(&emit, "for_programs", NULL, CTL_BOOL, &b.on);
	if (json)
		_bas_emit_value(&emit, "text", NULL, CTL_STRING, &text);
	_bas_emit_array(&emit, "points");
	_bas_emit_titles(&emit, columns, 3);
	_bas_emit_row(&emit, NULL, columns, 3, &a);
	_bas_emit_gap(&emit, columns, 2);
	_bas_emit_row(&emit, NULL, columns, 3, &b);
	_bas_emit_array_end(&emit);
	_bas_emit_row(&emit, "named", columns, 3, &b);
	_bas_emit_dict(&emit, "empty", NULL);
	_bas_emit_dict_end(&emit);
	_bas_emit_dict_end(&emit);
	_bas_emit_end(&emit);
}

ATF_TC_WITHOUT_HEAD(text);
ATF_TC_BODY(text, tc)
{
	describe(false);
	ATF_CHECK_STREQ("only text\n"
	    "The top\n"
	    "Minus: -1\n"
	    "Big: 18446744073709551615 (then: 18446744073709551615)\n"
	    "for people: true\n"
	    "name         x\n"
	    "a            7\n"
	    "           ---\n"
	    "bee         42\n"
	    "bee         42\n", out);
	ATF_CHECK_EQ(1, npieces);
}

ATF_TC_WITHOUT_HEAD(json);
ATF_TC_BODY(json, tc)
{
	describe(true);
	ATF_CHECK_STREQ("{\"top\":{\"minus\":-1,"
	    "\"big\":18446744073709551615,"
	    "\"for_programs\":false,"
	    "\"text\":\"a \\\"b\\\"\\\\\\u000a\","
	    "\"points\":[{\"x\":7,\"on\":true},{\"x\":42,\"on\":false}],"
	    "\"named\":{\"x\":42,\"on\":false},"
	    "\"empty\":{}}}\n", out);
	ATF_CHECK_EQ(1, npieces);
}

/* More than the buffer holds comes out whole and in order. */
ATF_TC_WITHOUT_HEAD(pieces);
ATF_TC_BODY(pieces, tc)
{
	static char expected[sizeof(out)];
	static char line[3 * EMIT_SIZE];
	const char *string = line;
	struct emit emit;
	char number[32];
	size_t i;

	out[0] = expected[0] = '\0';
	_bas_emit_begin(&emit, false, keep, &cookie);
	for (i = 0; i < 2000; i++) {
		_bas_emit_value(&emit, NULL, "i", CTL_SIZE, &i);
		snprintf(number, sizeof(number), "i: %zu\n", i);
		strcat(expected, number);
	}
	memset(line, 'y', sizeof(line) - 1);
	_bas_emit_value(&emit, NULL, "long", CTL_STRING, &string);
	strcat(strcat(strcat(expected, "long: \""), line), "\"\n");
	_bas_emit_end(&emit);
	ATF_CHECK(strcmp(expected, out) == 0);
	ATF_CHECK(npieces >= strlen(expected) / EMIT_SIZE);
	ATF_CHECK(npieces <= strlen(expected) / EMIT_SIZE + 2);
}

static const char *
quoted(const char *s)
{
	struct emit emit;

	out[0] = '\0';
	_bas_emit_begin(&emit, true, keep, &cookie);
	_bas_emit_value(&emit, "s", NULL, CTL_STRING, &s);
	_bas_emit_end(&emit);
	return (out);
}

/* What is not UTF-8 would make the whole report no JSON. */
ATF_TC_WITHOUT_HEAD(strings);
ATF_TC_BODY(strings, tc)
{
#define	QUOTED(in, inside)						\
	ATF_CHECK_STREQ("{\"s\":\"" inside "\"}\n", quoted(in))
#define	BAD	"\\ufffd"
	QUOTED("", "");
	QUOTED("\x01\x1f \x7f", "\\u0001\\u001f \x7f");
	QUOTED("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80.",
	    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80.");
	QUOTED("\xed\x9f\xbf\xf4\x8f\xbf\xbf",
	    "\xed\x9f\xbf\xf4\x8f\xbf\xbf");
	/* Cut off, out of place, too long, a surrogate, beyond the end. */
	QUOTED("a\xc3", "a" BAD);
	QUOTED("\xe2\x82z", BAD BAD "z");
	QUOTED("\xa4z", BAD "z");
	QUOTED("\xc0\x80", BAD BAD);
	QUOTED("\xe0\x9f\xbf", BAD BAD BAD);
	QUOTED("\xed\xa0\x80", BAD BAD BAD);
	QUOTED("\xf0\x8f\xbf\xbf", BAD BAD BAD BAD);
	QUOTED("\xf4\x90\x80\x80", BAD BAD BAD BAD);
	QUOTED("\xff", BAD);
}

/* Rates are over whole seconds; less than one counts as one. */
ATF_TC_WITHOUT_HEAD(rates);
ATF_TC_BODY(rates, tc)
{
	static const struct emit_column rate[] = {
		{ .key = "n", .title = "n", .width = 4, .type = CTL_UINT64 },
		{ .title = "(#/sec)", .width = 8, .type = CTL_UINT64,
		  .rate = true },
	};
	static const uint64_t second = 1000000000;
	const uint64_t n = 70;
	struct emit emit;

	out[0] = '\0';
	_bas_emit_begin(&emit, false, keep, &cookie);
	_bas_emit_titles(&emit, rate, 2);
	_bas_emit_row(&emit, NULL, rate, 2, &n);
	_bas_emit_uptime(&emit, 1);
	_bas_emit_row(&emit, NULL, rate, 2, &n);
	_bas_emit_uptime(&emit, second - 1);
	_bas_emit_row(&emit, NULL, rate, 2, &n);
	_bas_emit_uptime(&emit, 2 * second - 1);
	_bas_emit_row(&emit, NULL, rate, 2, &n);
	_bas_emit_uptime(&emit, 8 * second);
	_bas_emit_row(&emit, NULL, rate, 2, &n);
	_bas_emit_end(&emit);
	ATF_CHECK_STREQ("   n (#/sec)\n"
	    "  70       0\n"
	    "  70      70\n"
	    "  70      70\n"
	    "  70      70\n"
	    "  70       8\n", out);
	/* Programs divide themselves. */
	out[0] = '\0';
	_bas_emit_begin(&emit, true, keep, &cookie);
	_bas_emit_row(&emit, "row", rate, 2, &n);
	_bas_emit_end(&emit);
	ATF_CHECK_STREQ("{\"row\":{\"n\":70}}\n", out);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, text);
	ATF_TP_ADD_TC(tp, json);
	ATF_TP_ADD_TC(tp, pieces);
	ATF_TP_ADD_TC(tp, strings);
	ATF_TP_ADD_TC(tp, rates);
	return (atf_no_error());
}

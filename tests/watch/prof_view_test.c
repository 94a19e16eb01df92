/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include "../include/unit.h"

#include <errno.h>
#include <stdio.h>

#include "os/os.h"
#include "watch/gzip.h"
#include "watch/prof_index.h"
#include "watch/prof_view.h"

#define	OUT_SIZE	((size_t)16 << 20)

/* What came out of a sink; it fails once there are limit bytes. */
struct out {
	unsigned char	*data;
	size_t		 len, limit;
	size_t		 nwrites;
};

static int
out_write(void *arg, const void *data, size_t len)
{
	struct out *out = arg;

	ATF_REQUIRE(len > 0);
	out->nwrites++;
	if (out->len + len > out->limit)
		return (ENOSPC);
	memcpy(out->data + out->len, data, len);
	out->len += len;
	return (0);
}

static void
out_init(struct out *out, struct sink *sink)
{
	memset(out, 0, sizeof(*out));
	out->data = malloc(OUT_SIZE);
	ATF_REQUIRE(out->data != NULL);
	out->limit = OUT_SIZE;
	_bas_sink_begin(sink, out_write, out);
}

/* Rows of 20 places each, all different: the tables must grow. */
struct source {
	struct prof_view view;
	size_t		 row, nrows;
	uintptr_t	 pcs[20];
	char		 name[32];
};

static bool
source_next(struct prof_view *view, struct prof_row *row)
{
	struct source *source = (struct source *)view;
	size_t i;

	if (source->row == source->nrows)
		return (false);
	for (i = 0; i < 20; i++)
		source->pcs[i] = 0x10000 + (source->row * 20 + i) * 16;
	(void)snprintf(source->name, sizeof(source->name), "thread %zu",
	    source->row);
	*row = (struct prof_row){ .pcs = source->pcs, .npcs = 20,
	    .thread = source->row, .thread_name = source->name,
	    .size = 64, .inuse_objects = 1, .inuse_space = 64 };
	source->row++;
	return (true);
}

static void
source_again(struct prof_view *view)
{
	((struct source *)view)->row = 0;
}

static bool
source_mapping(struct prof_view *view, size_t i, struct prof_mapping *mapping)
{
	(void)view;
	if (i >= 1000)
		return (false);
	*mapping = (struct prof_mapping){ .start = 0x10000 + i * 0x10000,
	    .end = 0x20000 + i * 0x10000, .path = "a file",
	    .build_id = (const unsigned char *)"\x01\xff", .nbuild_id = 2 };
	return (true);
}

static bool
source_symbol(struct prof_view *view, uintptr_t pc,
    struct prof_symbol *symbol)
{
	static char name[32];

	(void)view;
	(void)snprintf(name, sizeof(name), "f%zu", (size_t)pc >> 6);
	symbol->name = name;
	symbol->start = pc >> 6 << 6;
	return (true);
}

static void
source_init(struct source *source, size_t nrows)
{
	memset(source, 0, sizeof(*source));
	source->nrows = nrows;
	source->view.next = source_next;
	source->view.again = source_again;
	source->view.mapping = source_mapping;
	source->view.symbol = source_symbol;
	source->view.period = 1 << 19;
}

ATF_TC_WITHOUT_HEAD(sink);
ATF_TC_BODY(sink, tc)
{
	static unsigned char big[3 * SINK_SIZE + 5];
	struct sink sink;
	struct out out;
	size_t i, len = 0, n;

	out_init(&out, &sink);
	for (i = 0; i < sizeof(big); i++)
		big[i] = (unsigned char)(i * 7);
	/* Pieces of every size around the buffer's, in order. */
	for (n = 0; n <= sizeof(big); n += 1 + n / 3) {
		_bas_sink_put(&sink, big, n);
		len += n;
	}
	ATF_CHECK_EQ(0, _bas_sink_end(&sink));
	ATF_REQUIRE_EQ(len, out.len);
	for (n = 0, len = 0; n <= sizeof(big); n += 1 + n / 3) {
		ATF_CHECK(memcmp(out.data + len, big, n) == 0);
		len += n;
	}
	out.len = 0;
	_bas_sink_fmt(&sink, "%d %s", 42, "and ");
	_bas_sink_text(&sink, "more");
	ATF_CHECK_EQ(0, _bas_sink_end(&sink));
	ATF_CHECK_EQ(11, out.len);
	ATF_CHECK(memcmp(out.data, "42 and more", 11) == 0);
	free(out.data);
}

ATF_TC_WITHOUT_HEAD(sink_cut);
ATF_TC_BODY(sink_cut, tc)
{
	char text[2 * SINK_LINE];
	struct sink sink;
	struct out out;

	out_init(&out, &sink);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	_bas_sink_fmt(&sink, "%s", text);
	ATF_CHECK_EQ(0, _bas_sink_end(&sink));
	ATF_CHECK_EQ(SINK_LINE - 1, out.len);
	free(out.data);
}

/* The first error stays, and nothing is tried after it. */
ATF_TC_WITHOUT_HEAD(sink_error);
ATF_TC_BODY(sink_error, tc)
{
	static const char text[SINK_SIZE];
	struct sink sink;
	struct out out;
	size_t i;

	out_init(&out, &sink);
	out.limit = 2 * SINK_SIZE;
	errno = 12345;
	for (i = 0; i < 10; i++)
		_bas_sink_put(&sink, text, sizeof(text));
	ATF_CHECK_EQ(ENOSPC, _bas_sink_end(&sink));
	ATF_CHECK_EQ(ENOSPC, _bas_sink_end(&sink));
	ATF_CHECK_EQ(12345, errno);
	ATF_CHECK_EQ(3, out.nwrites);
	ATF_CHECK_EQ(2 * SINK_SIZE, out.len);
	free(out.data);
}

ATF_TC_WITHOUT_HEAD(index);
ATF_TC_BODY(index, tc)
{
	static uint64_t keys[20000];
	struct prof_index index = { .count = 0 };
	uint64_t state = 7;
	size_t i, mapped;
	bool isnew;

	_bas_os_init();
	mapped = _bas_os_fake_mapped();
	for (i = 0; i < 20000; i++) {
		/* Random ones, those in a row, and 0 and the largest. */
		keys[i] = i < 10000 ? unit_random(&state) :
		    i == 10000 ? 0 : i == 10001 ? UINT64_MAX : i * 4096;
		ATF_REQUIRE_EQ(i + 1,
		    _bas_prof_index(&index, keys[i], &isnew));
		ATF_CHECK(isnew);
	}
	for (i = 20000; i-- > 0;) {
		ATF_REQUIRE_EQ(i + 1,
		    _bas_prof_index(&index, keys[i], &isnew));
		ATF_CHECK(!isnew);
	}
	/* Without memory what is there stays. */
	_bas_os_fake_fail(OS_FAKE_MAP, 0, SIZE_MAX / 2);
	while (_bas_prof_index(&index, unit_random(&state), &isnew) != 0)
		ATF_CHECK(isnew);
	for (i = 0; i < 20000; i += 99)
		if (_bas_prof_index(&index, keys[i], &isnew) != 0)
			ATF_CHECK(!isnew);
	_bas_os_fake_reset();
	_bas_prof_index_end(&index);
	ATF_CHECK_EQ(mapped, _bas_os_fake_mapped());
}

/* The same file whichever pieces it came in. */
ATF_TC_WITHOUT_HEAD(gzip_pieces);
ATF_TC_BODY(gzip_pieces, tc)
{
	static unsigned char data[300000];
	static struct gzip gzip;
	struct sink sink;
	struct out whole, pieces;
	uint64_t state = 3;
	size_t i, n;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(unit_below(&state, 8) == 0 ?
		    unit_random(&state) : i > 1000 ? data[i - 1000] : 0);
	out_init(&whole, &sink);
	_bas_gzip_begin(&gzip, &sink);
	ATF_CHECK_EQ(0, _bas_gzip_write(&gzip, data, sizeof(data)));
	ATF_CHECK_EQ(0, _bas_gzip_end(&gzip));
	ATF_CHECK_EQ(0, _bas_sink_end(&sink));
	out_init(&pieces, &sink);
	_bas_gzip_begin(&gzip, &sink);
	for (i = 0; i < sizeof(data); i += n) {
		n = unit_below(&state, 5000);
		if (n > sizeof(data) - i)
			n = sizeof(data) - i;
		ATF_CHECK_EQ(0, _bas_gzip_write(&gzip, data + i, n));
	}
	ATF_CHECK_EQ(0, _bas_gzip_end(&gzip));
	ATF_CHECK_EQ(0, _bas_sink_end(&sink));
	ATF_REQUIRE_EQ(whole.len, pieces.len);
	ATF_CHECK(memcmp(whole.data, pieces.data, whole.len) == 0);
	ATF_CHECK(whole.len < sizeof(data));
	free(whole.data);
	free(pieces.data);
}

/* Whichever mapping cannot be had: an error, and nothing is left behind. */
ATF_TC_WITHOUT_HEAD(pprof_memory);
ATF_TC_BODY(pprof_memory, tc)
{
	struct source source;
	struct sink sink;
	struct out out;
	size_t i, mapped, ncalls;
	int error = ENOMEM;

	_bas_os_init();
	source_init(&source, 1000);
	mapped = _bas_os_fake_mapped();
	for (i = 0; error != 0; i++) {
		ATF_REQUIRE_EQ(ENOMEM, error);
		_bas_os_fake_fail(OS_FAKE_MAP, i, 1);
		out_init(&out, &sink);
		ncalls = _bas_os_fake_count(OS_FAKE_MAP);
		error = _bas_prof_pprof(&source.view, &sink);
		ncalls = _bas_os_fake_count(OS_FAKE_MAP) - ncalls;
		ATF_CHECK_EQ(mapped, _bas_os_fake_mapped());
		free(out.data);
	}
	_bas_os_fake_reset();
	/* All of them were tried: the last one was beyond the need. */
	ATF_CHECK_EQ(i - 1, ncalls);
	ATF_CHECK(ncalls > 8);
}

/* Whenever the file is full: an error, and the rest is not gone through. */
ATF_TC_WITHOUT_HEAD(writers_full);
ATF_TC_BODY(writers_full, tc)
{
	struct source source;
	struct sink sink;
	struct out out;
	size_t len, mapped;
	int error, end, i;

	_bas_os_init();
	source_init(&source, 5000);
	mapped = _bas_os_fake_mapped();
	for (i = 0; i < 2; i++)
		for (len = 0;; len = len * 2 + 1) {
			out_init(&out, &sink);
			out.limit = len;
			error = i == 0 ? _bas_prof_pprof(&source.view,
			    &sink) : _bas_prof_folded(&source.view, &sink);
			end = _bas_sink_end(&sink);
			free(out.data);
			ATF_CHECK_EQ(mapped, _bas_os_fake_mapped());
			if (end == 0)
				break;
			ATF_CHECK_EQ(ENOSPC, end);
			ATF_CHECK(error == 0 || error == ENOSPC);
			if (len < SINK_SIZE)
				ATF_CHECK(source.row < source.nrows);
		}
	ATF_CHECK(len > SINK_SIZE);
}

/* What has no name has a place; what has none, an address. */
ATF_TC_WITHOUT_HEAD(folded);
ATF_TC_BODY(folded, tc)
{
	struct source source;
	struct prof_row row;
	struct sink sink;
	struct out out;

	source_init(&source, 1);
	ATF_REQUIRE(source_next(&source.view, &row));
	ATF_REQUIRE_EQ(0x10000, source.pcs[0]);
	out_init(&out, &sink);
	source.view.symbol = NULL;
	ATF_CHECK_EQ(0, _bas_prof_folded(&source.view, &sink));
	ATF_CHECK_EQ(0, _bas_sink_end(&sink));
	out.data[out.len] = '\0';
	/* The first place is before the first mapping: its address. */
	ATF_CHECK(strstr((char *)out.data, ";a file+0xf;0xffff 64\n") != NULL);
	ATF_CHECK(strncmp((char *)out.data, "a file+0x12f;", 13) == 0);
	free(out.data);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, sink);
	ATF_TP_ADD_TC(tp, sink_cut);
	ATF_TP_ADD_TC(tp, sink_error);
	ATF_TP_ADD_TC(tp, index);
	ATF_TP_ADD_TC(tp, gzip_pieces);
	ATF_TP_ADD_TC(tp, pprof_memory);
	ATF_TP_ADD_TC(tp, writers_full);
	ATF_TP_ADD_TC(tp, folded);
	return (atf_no_error());
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A profile for pprof: the messages of profile.proto, written by hand, in a
 * gzip file.  One pass over the rows.  A place in the code, a function and a
 * string get their numbers where they are first met; fields of a message may
 * stand in any order and number, so what a number means follows when it is
 * known, strings at once and the rest after the rows.
 */
#include <errno.h>
#include <string.h>

#include "os/os.h"
#include "util/bits.h"
#include "watch/gzip.h"
#include "watch/prof_index.h"
#include "watch/prof_view.h"

/* Bytes of the longest number, and of a message with a few of them. */
#define	VARINT_MAX	10
#define	MESSAGE_ROOM	((size_t)512)
#define	NVALUES		5

/* Field numbers, as profile.proto has them. */
enum {
	PROFILE_SAMPLE_TYPE = 1,
	PROFILE_SAMPLE = 2,
	PROFILE_MAPPING = 3,
	PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5,
	PROFILE_STRING = 6,
	PROFILE_DROP_FRAMES = 7,
	PROFILE_TIME = 9,
	PROFILE_DURATION = 10,
	PROFILE_PERIOD_TYPE = 11,
	PROFILE_PERIOD = 12,
	PROFILE_DEFAULT_TYPE = 14
};
enum { TYPE_TYPE = 1, TYPE_UNIT = 2 };
enum { SAMPLE_LOCATION = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3 };
enum { LABEL_KEY = 1, LABEL_STRING = 2, LABEL_NUMBER = 3, LABEL_UNIT = 4 };
enum {
	MAPPING_ID = 1,
	MAPPING_START = 2,
	MAPPING_END = 3,
	MAPPING_OFFSET = 4,
	MAPPING_PATH = 5,
	MAPPING_BUILD_ID = 6,
	MAPPING_HAS_FUNCTIONS = 7
};
enum {
	LOCATION_ID = 1,
	LOCATION_MAPPING = 2,
	LOCATION_ADDRESS = 3,
	LOCATION_LINE = 4
};
enum { LINE_FUNCTION = 1 };
enum { FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYMBOL = 3 };

/* How what follows a field's number is coded. */
enum { WIRE_NUMBER = 0, WIRE_BYTES = 2 };

/* A message that is being put together, in room made before. */
struct message {
	unsigned char	*data;
	size_t		 len;
};

struct range {
	uintptr_t start, end;
	bool	 named;			/* functions of it are known */
};

struct pprof {
	struct prof_view *view;
	int		 error;
	struct prof_index strings, locations, functions;
	struct prof_room text;		/* of the message of the moment */
	struct prof_room ranges;	/* of the mappings */
	size_t		 nranges, last;	/* the one found last */
	struct sink	 sink;		/* into gzip */
	struct gzip	 gzip;
};

/*
 * What a profile is not about: frames of ours, and what the program called.
 * A reader leaves them out with all below them, if it has names.
 */
static const char drop_frames[] =
    "_bas_.*|(bas_|je_)?(malloc|calloc|realloc|reallocf|reallocarray|"
    "recallocarray|memalign|aligned_alloc|posix_memalign|valloc|pvalloc|"
    "mallocx|rallocx|xallocx)|_Zn[wa][mj].*|operator new.*";

static void
number_put(struct message *m, uint64_t n)
{

	for (; n >= 0x80; n >>= 7)
		m->data[m->len++] = (unsigned char)(n | 0x80);
	m->data[m->len++] = (unsigned char)n;
}

/* A field that is zero is not written: that is what zero means. */
static void
field_put(struct message *m, unsigned field, uint64_t n)
{

	if (n == 0)
		return;
	number_put(m, field << 3 | WIRE_NUMBER);
	number_put(m, n);
}

static void
bytes_put(struct message *m, unsigned field, const struct message *part)
{

	number_put(m, field << 3 | WIRE_BYTES);
	number_put(m, part->len);
	memcpy(m->data + m->len, part->data, part->len);
	m->len += part->len;
}

/* A field of the profile itself. */
static void
profile_put(struct pprof *p, unsigned field, const void *data, size_t len)
{
	unsigned char head[2 * VARINT_MAX];
	struct message m = { head, 0 };

	number_put(&m, field << 3 | WIRE_BYTES);
	number_put(&m, len);
	_bas_sink_put(&p->sink, head, m.len);
	_bas_sink_put(&p->sink, data, len);
}

static void
profile_number(struct pprof *p, unsigned field, uint64_t n)
{
	unsigned char data[2 * VARINT_MAX];
	struct message m = { data, 0 };

	field_put(&m, field, n);
	_bas_sink_put(&p->sink, data, m.len);
}

/* A number; an error where there is no memory for it. */
static uint64_t
index_of(struct pprof *p, struct prof_index *index, uint64_t key,
    bool *isnew)
{
	uint64_t id = _bas_prof_index(index, key, isnew);

	if (id == 0)
		p->error = ENOMEM;
	return (id);
}

/* Number 0 is the empty string, which stands first. */
static uint64_t
string_of(struct pprof *p, const char *s, size_t len)
{
	uint64_t id;
	bool isnew;

	if (len == 0)
		return (0);
	id = index_of(p, &p->strings, _bas_prof_key(s, len), &isnew);
	if (isnew)
		profile_put(p, PROFILE_STRING, s, len);
	return (id);
}

static uint64_t
word_of(struct pprof *p, const char *s)
{

	return (string_of(p, s, strlen(s)));
}

static void
type_put(struct pprof *p, unsigned field, const char *type, const char *unit)
{
	unsigned char data[4 * VARINT_MAX];
	struct message m = { data, 0 };

	field_put(&m, TYPE_TYPE, word_of(p, type));
	field_put(&m, TYPE_UNIT, word_of(p, unit));
	profile_put(p, field, data, m.len);
}

static void
head_put(struct pprof *p)
{

	profile_put(p, PROFILE_STRING, "", 0);
	type_put(p, PROFILE_SAMPLE_TYPE, "alloc_objects", "count");
	type_put(p, PROFILE_SAMPLE_TYPE, "alloc_space", "bytes");
	type_put(p, PROFILE_SAMPLE_TYPE, "inuse_objects", "count");
	type_put(p, PROFILE_SAMPLE_TYPE, "inuse_space", "bytes");
	type_put(p, PROFILE_SAMPLE_TYPE, "pinned_space", "bytes");
	type_put(p, PROFILE_PERIOD_TYPE, "space", "bytes");
	profile_number(p, PROFILE_PERIOD, p->view->period);
	profile_number(p, PROFILE_TIME, p->view->time_ns);
	profile_number(p, PROFILE_DURATION, p->view->duration_ns);
	profile_number(p, PROFILE_DEFAULT_TYPE, word_of(p, "inuse_space"));
	profile_number(p, PROFILE_DROP_FRAMES, word_of(p, drop_frames));
}

static void
label_put(struct pprof *p, struct message *m, const char *key,
    const char *text, uint64_t number, const char *unit)
{
	unsigned char data[8 * VARINT_MAX];
	struct message label = { data, 0 };

	field_put(&label, LABEL_KEY, word_of(p, key));
	field_put(&label, LABEL_STRING, word_of(p, text));
	field_put(&label, LABEL_NUMBER, number);
	field_put(&label, LABEL_UNIT, word_of(p, unit));
	bytes_put(m, SAMPLE_LABEL, &label);
}

/*
 * Return addresses point behind the call, which may be in the next line or
 * even function: a place in the code is the byte before.
 */
static void
stack_put(struct pprof *p, struct message *m, const struct prof_row *row)
{
	uint64_t id;
	unsigned i;
	bool isnew;

	for (i = 0; i < row->npcs; i++) {
		if (row->pcs[i] == 0)
			continue;
		id = index_of(p, &p->locations, row->pcs[i] - 1, &isnew);
		field_put(m, SAMPLE_LOCATION, id);
	}
}

static void
sample_put(struct pprof *p, const struct prof_row *row)
{
	const uint64_t values[NVALUES] = {
		row->alloc_objects, row->alloc_space,
		row->inuse_objects, row->inuse_space, row->pinned_space
	};
	unsigned char data[NVALUES * VARINT_MAX];
	struct message m, v = { data, 0 };
	uint64_t any = 0;
	unsigned i;

	for (i = 0; i < NVALUES; i++) {
		any |= values[i];
		number_put(&v, values[i]);
	}
	if (any == 0)
		return;
	if (!_bas_prof_room(&p->text, MESSAGE_ROOM +
	    (size_t)row->npcs * 2 * VARINT_MAX)) {
		p->error = ENOMEM;
		return;
	}
	m.data = p->text.base;
	m.len = 0;
	stack_put(p, &m, row);
	bytes_put(&m, SAMPLE_VALUE, &v);
	if (row->size != 0)
		label_put(p, &m, "bytes", "", row->size, "bytes");
	label_put(p, &m, "thread_id", "", row->thread, "id");
	if (row->thread_name != NULL && row->thread_name[0] != '\0')
		label_put(p, &m, "thread", row->thread_name, 0, "");
	profile_put(p, PROFILE_SAMPLE, m.data, m.len);
}

static void
ranges_read(struct pprof *p)
{
	struct prof_mapping mapping;
	struct range *range;
	size_t n = 0;

	while (p->view->mapping != NULL &&
	    p->view->mapping(p->view, n, &mapping)) {
		if (!_bas_prof_room(&p->ranges, (n + 1) * sizeof(*range))) {
			p->error = ENOMEM;
			break;
		}
		range = (struct range *)p->ranges.base + n++;
		range->start = mapping.start;
		range->end = mapping.end;
		range->named = false;
	}
	p->nranges = n;
}

/* Number of the mapping that address is in, from 1; 0: none. */
static size_t
range_of(struct pprof *p, uintptr_t address)
{
	struct range *range = p->ranges.base;
	size_t i;

	if (p->nranges == 0)
		return (0);
	if (address - range[p->last].start <
	    range[p->last].end - range[p->last].start)
		return (p->last + 1);
	for (i = 0; i < p->nranges; i++)
		if (address - range[i].start < range[i].end - range[i].start) {
			p->last = i;
			return (i + 1);
		}
	return (0);
}

/* The function's number; 0: not known.  It is written when it is new. */
static uint64_t
function_of(struct pprof *p, uintptr_t address)
{
	unsigned char data[8 * VARINT_MAX];
	struct message m = { data, 0 };
	struct prof_symbol symbol;
	uint64_t id, name;
	bool isnew;

	if (p->view->symbol == NULL ||
	    !p->view->symbol(p->view, address, &symbol))
		return (0);
	id = index_of(p, &p->functions, symbol.start, &isnew);
	if (!isnew)
		return (id);
	name = word_of(p, symbol.name);
	field_put(&m, FUNCTION_ID, id);
	field_put(&m, FUNCTION_NAME, name);
	/* Both alike: a reader may make it legible. */
	field_put(&m, FUNCTION_SYMBOL, name);
	profile_put(p, PROFILE_FUNCTION, data, m.len);
	return (id);
}

static void
location_put(struct pprof *p, uint64_t id, uintptr_t address)
{
	unsigned char data[8 * VARINT_MAX], of[2 * VARINT_MAX];
	struct message m = { data, 0 }, line = { of, 0 };
	struct range *ranges = p->ranges.base;
	size_t range = range_of(p, address);
	uint64_t function = function_of(p, address);

	field_put(&m, LOCATION_ID, id);
	field_put(&m, LOCATION_MAPPING, range);
	field_put(&m, LOCATION_ADDRESS, address);
	if (function != 0) {
		field_put(&line, LINE_FUNCTION, function);
		bytes_put(&m, LOCATION_LINE, &line);
		if (range != 0)
			ranges[range - 1].named = true;
	}
	profile_put(p, PROFILE_LOCATION, data, m.len);
}

static void
locations_put(struct pprof *p)
{
	const struct prof_slot *slots = p->locations.slots.base;
	size_t i;

	for (i = 0; i < p->locations.nslots; i++)
		if (slots[i].id != 0)
			location_put(p, slots[i].id, (uintptr_t)slots[i].key);
}

/* In hexadecimal, as readers know it. */
static uint64_t
build_id_of(struct pprof *p, const struct prof_mapping *mapping)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * PROF_BUILD_ID_MAX];
	size_t len = 0;
	unsigned i;

	for (i = 0; i < mapping->nbuild_id && i < PROF_BUILD_ID_MAX; i++) {
		text[len++] = digits[mapping->build_id[i] >> 4];
		text[len++] = digits[mapping->build_id[i] & 15];
	}
	return (string_of(p, text, len));
}

static void
mapping_put(struct pprof *p, size_t i, const struct prof_mapping *mapping)
{
	const struct range *range = (struct range *)p->ranges.base + i;
	unsigned char data[16 * VARINT_MAX];
	struct message m = { data, 0 };

	field_put(&m, MAPPING_ID, i + 1);
	field_put(&m, MAPPING_START, mapping->start);
	field_put(&m, MAPPING_END, mapping->end);
	field_put(&m, MAPPING_OFFSET, mapping->offset);
	field_put(&m, MAPPING_PATH, word_of(p, mapping->path));
	field_put(&m, MAPPING_BUILD_ID, build_id_of(p, mapping));
	field_put(&m, MAPPING_HAS_FUNCTIONS, range->named);
	profile_put(p, PROFILE_MAPPING, data, m.len);
}

static void
body_put(struct pprof *p)
{
	struct prof_mapping mapping;
	struct prof_row row;
	size_t i;

	head_put(p);
	ranges_read(p);
	p->view->again(p->view);
	while (p->error == 0 && p->gzip.out->error == 0 &&
	    p->view->next(p->view, &row))
		sample_put(p, &row);
	locations_put(p);
	for (i = 0; i < p->nranges; i++)
		if (p->view->mapping(p->view, i, &mapping))
			mapping_put(p, i, &mapping);
}

int
_bas_prof_pprof(struct prof_view *view, struct sink *sink)
{
	struct prof_room room = { NULL, 0 };
	struct pprof *p;
	int error;

	if (!_bas_prof_room(&room, sizeof(*p)))
		return (ENOMEM);
	p = room.base;
	p->view = view;
	_bas_gzip_begin(&p->gzip, sink);
	_bas_sink_begin(&p->sink, _bas_gzip_write, &p->gzip);
	body_put(p);
	error = _bas_sink_end(&p->sink);
	if (error == 0)
		error = _bas_gzip_end(&p->gzip);
	if (error == 0)
		error = p->error;
	_bas_prof_index_end(&p->strings);
	_bas_prof_index_end(&p->locations);
	_bas_prof_index_end(&p->functions);
	_bas_prof_room_end(&p->text);
	_bas_prof_room_end(&p->ranges);
	_bas_prof_room_end(&room);
	return (error);
}

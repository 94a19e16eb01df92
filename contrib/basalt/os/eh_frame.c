/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A function's record (FDE) is found by halving; with the record that it
 * shares with others (CIE) it holds a small program, which is run up to the
 * place in question.  All that is followed is bounded by the module, and
 * each record by its own length.
 */
#include <string.h>

#include "os/eh_frame.h"
#include "os/machine.h"
#include "os/maps.h"

/* More than compilers nest. */
#define	REMEMBERED	8
/* The longest record that is read. */
#define	RECORD_MAX	((uint32_t)1 << 20)

/* Encodings of pointers. */
#define	ENC_FORMAT(e)	((e) & 0x0f)
#define	ENC_BASE(e)	((e) & 0x70)
#define	ENC_ABSOLUTE	0x00
#define	ENC_PCREL	0x10
#define	ENC_OMIT	0xff

struct record {
	struct eh_bytes	 common;	/* the CIE's instructions */
	struct eh_bytes	 own;
	uint64_t	 code_unit;
	int64_t		 data_unit;
	unsigned	 ra;		/* the return address's column */
	unsigned	 encoding;
	bool		 augmented;
	uintptr_t	 start, end;	/* of the function */
};

uint64_t
_bas_eh_fixed(struct eh_bytes *b, unsigned size, bool sign)
{
	uint64_t value = 0;

	if ((size_t)(b->end - b->p) < size) {
		b->bad = true;
		b->p = b->end;
		return (0);
	}
	memcpy(&value, b->p, size);
	b->p += size;
	if (sign && size < 8 && (value >> (size * 8 - 1)) != 0)
		value |= UINT64_MAX << (size * 8);
	return (value);
}

uint8_t
_bas_eh_u8(struct eh_bytes *b)
{

	return ((uint8_t)_bas_eh_fixed(b, 1, false));
}

static uint64_t
leb(struct eh_bytes *b, bool sign)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = _bas_eh_u8(b);
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while ((byte & 0x80) != 0);
	if (sign && shift < 64 && (byte & 0x40) != 0)
		value |= UINT64_MAX << shift;
	return (value);
}

uint64_t
_bas_eh_uleb(struct eh_bytes *b)
{

	return (leb(b, false));
}

int64_t
_bas_eh_sleb(struct eh_bytes *b)
{

	return ((int64_t)leb(b, true));
}

static uintptr_t
pointer(struct eh_bytes *b, unsigned encoding)
{
	static const uint8_t sizes[8] = { 8, 0, 2, 4, 8, 0, 0, 0 };
	uintptr_t at = (uintptr_t)b->p, value;
	unsigned format = ENC_FORMAT(encoding);

	if (sizes[format & 7] == 0) {
		b->bad = true;
		return (0);
	}
	value = _bas_eh_fixed(b, sizes[format & 7], (format & 8) != 0);
	switch (ENC_BASE(encoding)) {
	case ENC_ABSOLUTE:
		return (value);
	case ENC_PCREL:
		return (value == 0 ? 0 : at + value);
	}
	b->bad = true;
	return (0);
}

/* The bytes of the record at addr, behind its length; none: it has none. */
static bool
record_bytes(const struct module *m, uintptr_t addr, struct eh_bytes *b)
{
	uint32_t size;

	if (addr < m->low || addr > m->high - sizeof(size) ||
	    m->high < m->low + sizeof(size))
		return (false);
	memcpy(&size, (const void *)addr, sizeof(size));
	addr += sizeof(size);
	if (size < sizeof(size) || size > RECORD_MAX || size > m->high - addr)
		return (false);
	*b = (struct eh_bytes){ .p = (const uint8_t *)addr,
	    .end = (const uint8_t *)addr + size };
	return (true);
}

/* What the letters of its augmentation announce. */
static bool
common_augmentation(struct eh_bytes *b, const char *letters,
    struct record *r)
{
	const uint8_t *end;
	unsigned encoding;
	uint64_t size;

	if (*letters == '\0')
		return (true);
	if (*letters++ != 'z')
		return (false);
	r->augmented = true;
	size = _bas_eh_uleb(b);
	if (b->bad || size > (uint64_t)(b->end - b->p))
		return (false);
	end = b->p + size;
	for (; *letters != '\0'; letters++)
		switch (*letters) {
		case 'R':
			r->encoding = _bas_eh_u8(b);
			break;
		case 'P':
			encoding = _bas_eh_u8(b);
			(void)pointer(b, ENC_FORMAT(encoding));
			break;
		case 'L':
			(void)_bas_eh_u8(b);
			break;
		}
	b->p = end;
	return (!b->bad);
}

static bool
common_read(const struct module *m, uintptr_t addr, struct record *r)
{
	struct eh_bytes b;
	const char *letters;
	uint8_t version;

	if (!record_bytes(m, addr, &b) || _bas_eh_fixed(&b, 4, false) != 0)
		return (false);
	version = _bas_eh_u8(&b);
	letters = (const char *)b.p;
	while (_bas_eh_u8(&b) != 0)
		continue;
	if (b.bad || (version != 1 && version != 3))
		return (false);
	r->code_unit = _bas_eh_uleb(&b);
	r->data_unit = _bas_eh_sleb(&b);
	r->ra = version == 1 ? _bas_eh_u8(&b) : (unsigned)_bas_eh_uleb(&b);
	r->encoding = ENC_ABSOLUTE;
	if (!common_augmentation(&b, letters, r))
		return (false);
	r->common = b;
	return (true);
}

static bool
record_read(const struct module *m, uintptr_t addr, struct record *r)
{
	struct eh_bytes b;
	uintptr_t at;
	uint64_t distance;

	memset(r, 0, sizeof(*r));
	if (!record_bytes(m, addr, &b))
		return (false);
	at = (uintptr_t)b.p;
	distance = _bas_eh_fixed(&b, 4, false);
	if (distance == 0 || distance > at - m->low ||
	    !common_read(m, at - distance, r))
		return (false);
	r->start = pointer(&b, r->encoding);
	r->end = r->start + pointer(&b, ENC_FORMAT(r->encoding));
	if (r->augmented) {
		distance = _bas_eh_uleb(&b);
		if (distance > (uint64_t)(b.end - b.p))
			return (false);
		b.p += distance;
	}
	r->own = b;
	return (!b.bad);
}

static int32_t
pair_word(const struct module *m, size_t i, unsigned word)
{
	int32_t value;

	memcpy(&value, (const char *)m->pairs + i * 8 + word * 4,
	    sizeof(value));
	return (value);
}

static bool
record_halve(const struct module *m, uintptr_t pc, struct record *r)
{
	int64_t distance = (int64_t)(pc - m->index);
	size_t low = 0, high = m->npairs, middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (pair_word(m, middle, 0) <= distance)
			low = middle;
		else
			high = middle;
	}
	return (record_read(m, m->index +
	    (uintptr_t)(intptr_t)pair_word(m, low, 1), r) &&
	    pc - r->start < r->end - r->start);
}

/* One after the other: programs that are linked statically have no index. */
static bool
record_search(const struct module *m, uintptr_t pc, struct record *r)
{
	uintptr_t addr = m->frames;
	uint32_t size;

	while (addr + sizeof(size) < m->frames_end) {
		memcpy(&size, (const void *)addr, sizeof(size));
		if (size == 0 || size > m->frames_end - addr)
			return (false);
		if (record_read(m, addr, r) &&
		    pc - r->start < r->end - r->start)
			return (true);
		addr += sizeof(size) + size;
	}
	return (false);
}

/* The program as it runs. */
struct run {
	const struct record *r;
	struct eh_rule	 now, first;
	struct eh_rule	 kept[REMEMBERED];
	unsigned	 nkept;
	uintptr_t	 at;		/* the place that the rule is of */
};

static void
place_set(struct run *run, uint64_t column, struct eh_place place)
{

	if (column == run->r->ra)
		run->now.ra = place;
	if (column == MACHINE_FP)
		run->now.fp = place;
}

static void
place_restore(struct run *run, uint64_t column)
{

	if (column == run->r->ra)
		run->now.ra = run->first.ra;
	if (column == MACHINE_FP)
		run->now.fp = run->first.fp;
}

static struct eh_place
expression(struct eh_bytes *b, enum eh_where where)
{
	struct eh_place place = { .where = where, .expression = b->p };
	uint64_t size = _bas_eh_uleb(b);

	if (size > (uint64_t)(b->end - b->p))
		b->bad = true;
	else
		b->p += size;
	return (place);
}

static struct eh_place
offset(enum eh_where where, int64_t n)
{

	return ((struct eh_place){ .where = where, .offset = n });
}

/* Instructions about the frame's address. */
static bool
run_cfa(struct run *run, struct eh_bytes *b, unsigned op)
{
	int64_t unit = run->r->data_unit;
	struct eh_rule *now = &run->now;

	switch (op) {
	case 0x0c:	/* def_cfa */
		now->cfa_register = (unsigned)_bas_eh_uleb(b);
		now->cfa = offset(EH_VALUE, (int64_t)_bas_eh_uleb(b));
		return (true);
	case 0x12:	/* def_cfa_sf */
		now->cfa_register = (unsigned)_bas_eh_uleb(b);
		now->cfa = offset(EH_VALUE, _bas_eh_sleb(b) * unit);
		return (true);
	case 0x0d:	/* def_cfa_register */
		now->cfa_register = (unsigned)_bas_eh_uleb(b);
		return (now->cfa.where == EH_VALUE);
	case 0x0e:	/* def_cfa_offset */
		now->cfa.offset = (int64_t)_bas_eh_uleb(b);
		return (now->cfa.where == EH_VALUE);
	case 0x13:	/* def_cfa_offset_sf */
		now->cfa.offset = _bas_eh_sleb(b) * unit;
		return (now->cfa.where == EH_VALUE);
	case 0x0f:	/* def_cfa_expression */
		now->cfa = expression(b, EH_IS);
		return (true);
	}
	return (false);
}

/* Instructions about where a register is. */
static bool
run_place(struct run *run, struct eh_bytes *b, unsigned op)
{
	int64_t unit = run->r->data_unit;
	uint64_t column = _bas_eh_uleb(b);

	switch (op) {
	case 0x05:	/* offset_extended */
		place_set(run, column, offset(EH_OFFSET,
		    (int64_t)_bas_eh_uleb(b) * unit));
		return (true);
	case 0x11:	/* offset_extended_sf */
		place_set(run, column, offset(EH_OFFSET,
		    _bas_eh_sleb(b) * unit));
		return (true);
	case 0x2f:	/* GNU_negative_offset_extended */
		place_set(run, column, offset(EH_OFFSET,
		    -(int64_t)_bas_eh_uleb(b) * unit));
		return (true);
	case 0x06:	/* restore_extended */
		place_restore(run, column);
		return (true);
	case 0x07:	/* undefined */
		place_set(run, column, offset(EH_UNDEFINED, 0));
		return (true);
	case 0x08:	/* same_value */
		place_set(run, column, offset(EH_SAME, 0));
		return (true);
	case 0x09:	/* register: nobody keeps track of the other one */
		(void)_bas_eh_uleb(b);
		place_set(run, column, offset(EH_UNDEFINED, 0));
		return (column != run->r->ra);
	case 0x14:	/* val_offset */
		place_set(run, column, offset(EH_VALUE,
		    (int64_t)_bas_eh_uleb(b) * unit));
		return (true);
	case 0x15:	/* val_offset_sf */
		place_set(run, column, offset(EH_VALUE,
		    _bas_eh_sleb(b) * unit));
		return (true);
	case 0x10:	/* expression */
		place_set(run, column, expression(b, EH_AT));
		return (true);
	case 0x16:	/* val_expression */
		place_set(run, column, expression(b, EH_IS));
		return (true);
	}
	return (false);
}

/* Those that are neither; false: not known, or there is no sense in it. */
static bool
run_other(struct run *run, struct eh_bytes *b, unsigned op)
{

	switch (op) {
	case 0x00:	/* nop */
	case 0x2d:	/* negate_ra_state: who loads an address strips it */
		return (true);
	case 0x01:	/* set_loc */
		run->at = pointer(b, run->r->encoding);
		return (true);
	case 0x02: case 0x03: case 0x04:	/* advance_loc1, 2, 4 */
		run->at += _bas_eh_fixed(b, 1U << (op - 2), false) *
		    run->r->code_unit;
		return (true);
	case 0x0a:	/* remember_state */
		if (run->nkept == REMEMBERED)
			return (false);
		run->kept[run->nkept++] = run->now;
		return (true);
	case 0x0b:	/* restore_state */
		if (run->nkept == 0)
			return (false);
		run->now = run->kept[--run->nkept];
		return (true);
	case 0x2e:	/* GNU_args_size */
		(void)_bas_eh_uleb(b);
		return (true);
	}
	return (run_cfa(run, b, op) || (!b->bad && run_place(run, b, op)));
}

/* Up to pc.  What the next one is about is one behind it. */
static bool
run_until(struct run *run, struct eh_bytes b, uintptr_t pc)
{
	unsigned op, low;

	while (b.p < b.end && !b.bad) {
		op = _bas_eh_u8(&b);
		low = op & 0x3f;
		switch (op >> 6) {
		case 1:		/* advance_loc */
			run->at += low * run->r->code_unit;
			break;
		case 2:		/* offset */
			place_set(run, low, offset(EH_OFFSET,
			    (int64_t)_bas_eh_uleb(&b) * run->r->data_unit));
			break;
		case 3:		/* restore */
			place_restore(run, low);
			break;
		default:
			if (!run_other(run, &b, op))
				return (false);
		}
		if (run->at > pc)
			return (!b.bad);
	}
	return (!b.bad);
}

bool
_bas_eh_frame_rule(const struct module *m, uintptr_t pc, struct eh_rule *rule)
{
	struct record r;
	struct run run;

	if (m->npairs != 0 ? !record_halve(m, pc, &r) :
	    !record_search(m, pc, &r))
		return (false);
	memset(&run, 0, sizeof(run));
	run.r = &r;
	run.at = r.start;
	if (!run_until(&run, r.common, pc))
		return (false);
	run.first = run.now;
	if (!run_until(&run, r.own, pc))
		return (false);
	*rule = run.now;
	return (true);
}

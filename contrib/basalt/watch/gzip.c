/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <string.h>

#include "util/bits.h"
#include "watch/gzip.h"

/* What deflate can say: so many bytes again. */
#define	MATCH_MIN	3
#define	MATCH_MAX	258
/* The polynomial of CRC-32, its bits the other way round. */
#define	CRC_POLYNOMIAL	0xedb88320U
#define	SYMBOL_END	256
#define	SYMBOL_MATCH	257
#define	SYMBOL_LONGEST	285

/* A method of 8, no name, no time, an unknown system. */
static const unsigned char gzip_head[] = {
	0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255
};

/* Four bits at a time: its table is worked out as it is needed. */
static uint32_t
crc_add(uint32_t crc, const unsigned char *p, size_t len)
{
	uint32_t table[16], n, i;

	for (n = 0; n < 16; n++) {
		table[n] = n;
		for (i = 0; i < 4; i++)
			table[n] = (table[n] >> 1) ^
			    ((table[n] & 1) != 0 ? CRC_POLYNOMIAL : 0);
	}
	crc = ~crc;
	for (; len > 0; len--) {
		crc ^= *p++;
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return (~crc);
}

/* Up to 32 bits, the lowest first. */
static void
bits_put(struct gzip *gzip, uint32_t bits, unsigned n)
{
	unsigned char bytes[4];
	unsigned i;

	gzip->bits |= (uint64_t)bits << gzip->nbits;
	gzip->nbits += n;
	if (gzip->nbits < 32)
		return;
	for (i = 0; i < 4; i++)
		bytes[i] = (unsigned char)(gzip->bits >> (8 * i));
	_bas_sink_put(gzip->out, bytes, sizeof(bytes));
	gzip->bits >>= 32;
	gzip->nbits -= 32;
}

/* What is left, to the end of its byte. */
static void
bits_end(struct gzip *gzip)
{
	unsigned char byte;
	unsigned n;

	for (n = 0; n < gzip->nbits; n += 8) {
		byte = (unsigned char)(gzip->bits >> n);
		_bas_sink_put(gzip->out, &byte, 1);
	}
	gzip->nbits = 0;
	gzip->bits = 0;
}

/* A code stands with its highest bit first. */
static void
code_put(struct gzip *gzip, uint32_t code, unsigned n)
{
	uint32_t bits = 0;
	unsigned i;

	for (i = 0; i < n; i++)
		bits |= ((code >> i) & 1) << (n - 1 - i);
	bits_put(gzip, bits, n);
}

/* A byte, a length or the end, in the fixed code. */
static void
symbol_put(struct gzip *gzip, uint32_t symbol)
{

	if (symbol < 144)
		code_put(gzip, 0x30 + symbol, 8);
	else if (symbol < 256)
		code_put(gzip, 0x190 + symbol - 144, 9);
	else if (symbol < 280)
		code_put(gzip, symbol - 256, 7);
	else
		code_put(gzip, 0xc0 + symbol - 280, 8);
}

/*
 * Lengths and distances are coded alike: beyond the first few, each power
 * of two is cut in four (two), and bits behind the code count in there.
 */
static void
match_put(struct gzip *gzip, size_t len, size_t distance)
{
	uint32_t n = (uint32_t)len - MATCH_MIN, d = (uint32_t)distance - 1;
	unsigned extra;

	if (len == MATCH_MAX)
		symbol_put(gzip, SYMBOL_LONGEST);
	else {
		extra = n < 8 ? 0 : bit_last(n) - 2;
		symbol_put(gzip, SYMBOL_MATCH + 4 * extra + (n >> extra));
		bits_put(gzip, n & ((1U << extra) - 1), extra);
	}
	extra = d < 4 ? 0 : bit_last(d) - 1;
	code_put(gzip, 2 * extra + (d >> extra), 5);
	bits_put(gzip, d & ((1U << extra) - 1), extra);
}

static size_t
hash_of(const unsigned char *p)
{
	uint32_t v = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;

	/* The golden ratio's bits; the upper ones mix best. */
	return ((v * 0x9e3779b1U) >> (32 - GZIP_HASH_BITS));
}

/* Bytes at pos that stand in the window too, and where; 0: too few. */
static size_t
match_find(struct gzip *gzip, size_t *from)
{
	const unsigned char *data = gzip->data;
	size_t pos = gzip->pos, max = gzip->end - pos, len, h;

	if (max < MATCH_MIN)
		return (0);
	if (max > MATCH_MAX)
		max = MATCH_MAX;
	h = hash_of(data + pos);
	*from = gzip->place[h];
	gzip->place[h] = (uint16_t)(pos + 1);
	if (*from == 0 || pos - --*from > GZIP_WINDOW)
		return (0);
	for (len = 0; len < max && data[*from + len] == data[pos + len];)
		len++;
	return (len < MATCH_MIN ? 0 : len);
}

/* All but so many of the bytes that are there. */
static void
deflate(struct gzip *gzip, size_t ahead)
{
	size_t len, from, i;

	while (gzip->end - gzip->pos > ahead) {
		len = match_find(gzip, &from);
		if (len == 0) {
			symbol_put(gzip, gzip->data[gzip->pos++]);
			continue;
		}
		match_put(gzip, len, gzip->pos - from);
		for (i = 1; i < len; i++)
			if (gzip->end - gzip->pos - i >= MATCH_MIN)
				gzip->place[hash_of(gzip->data + gzip->pos +
				    i)] = (uint16_t)(gzip->pos + i + 1);
		gzip->pos += len;
	}
}

/* The later half is the window of what comes. */
static void
window_slide(struct gzip *gzip)
{
	size_t i;

	memcpy(gzip->data, gzip->data + GZIP_WINDOW, GZIP_WINDOW);
	gzip->pos -= GZIP_WINDOW;
	gzip->end -= GZIP_WINDOW;
	for (i = 0; i < 1 << GZIP_HASH_BITS; i++)
		gzip->place[i] = gzip->place[i] <= GZIP_WINDOW ? 0 :
		    (uint16_t)(gzip->place[i] - GZIP_WINDOW);
}

void
_bas_gzip_begin(struct gzip *gzip, struct sink *out)
{

	memset(gzip, 0, sizeof(*gzip));
	gzip->out = out;
	_bas_sink_put(out, gzip_head, sizeof(gzip_head));
	/* The last block; fixed codes. */
	bits_put(gzip, 1, 1);
	bits_put(gzip, 1, 2);
}

int
_bas_gzip_write(void *arg, const void *data, size_t len)
{
	struct gzip *gzip = arg;
	const unsigned char *p = data;
	size_t n;

	gzip->crc = crc_add(gzip->crc, p, len);
	gzip->total += (uint32_t)len;
	while (len > 0) {
		n = sizeof(gzip->data) - gzip->end;
		if (n > len)
			n = len;
		memcpy(gzip->data + gzip->end, p, n);
		gzip->end += n;
		p += n;
		len -= n;
		if (gzip->end == sizeof(gzip->data)) {
			deflate(gzip, MATCH_MAX);
			window_slide(gzip);
		}
	}
	return (gzip->out->error);
}

int
_bas_gzip_end(struct gzip *gzip)
{

	deflate(gzip, 0);
	symbol_put(gzip, SYMBOL_END);
	bits_end(gzip);
	bits_put(gzip, gzip->crc, 32);
	bits_put(gzip, gzip->total, 32);
	return (gzip->out->error);
}

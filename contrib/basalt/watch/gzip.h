/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Bytes into a gzip file (RFC 1952): deflate (RFC 1951) as one block of the
 * fixed codes, with what the last 32 KiB hold found again by a hash of three
 * bytes, the latest place of each alone.  That is a third to a half larger
 * than gzip -6 makes it, and needs no tables to be built and no second look
 * at the data.  Nothing is allocated: the struct is the caller's, and large.
 */
#ifndef BASALT_GZIP_H
#define	BASALT_GZIP_H

#include <stddef.h>
#include <stdint.h>

#include "util/sink.h"

#define	GZIP_WINDOW	((size_t)32 << 10)
#define	GZIP_HASH_BITS	13

struct gzip {
	struct sink	*out;
	uint32_t	 crc;
	uint32_t	 total;		/* bytes in, as the trailer has them */
	uint64_t	 bits;		/* not yet out, the first one lowest */
	unsigned	 nbits;
	/* data[0 .. pos) is out, [pos .. end) is not; a place is from 1. */
	size_t		 pos, end;
	uint16_t	 place[1 << GZIP_HASH_BITS];
	unsigned char	 data[2 * GZIP_WINDOW];
};

void	_bas_gzip_begin(struct gzip *gzip, struct sink *out);
/* For a sink: its argument is the struct. */
int	_bas_gzip_write(void *gzip, const void *data, size_t len);
/* The end of the file; out is not ended.  0 or out's first error. */
int	_bas_gzip_end(struct gzip *gzip);

#endif /* !BASALT_GZIP_H */

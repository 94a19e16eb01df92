/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What the black-box tests share.  They know the public interface alone, so
 * every one of them also builds against another allocator.
 */

#ifndef TESTUTIL_H
#define TESTUTIL_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "random.h"

#ifdef __cplusplus
extern "C" {
#endif

#define	KIB	((size_t)1 << 10)
#define	MIB	((size_t)1 << 20)
#define	GIB	((size_t)1 << 30)

/* C23 and BSD functions that the C library's headers may lack. */
void	 free_sized(void *, size_t);
void	 free_aligned_sized(void *, size_t, size_t);
void	*reallocf(void *, size_t);
void	*recallocarray(void *, size_t, size_t, size_t);

#ifdef __cplusplus
}
#else
void	*pvalloc(size_t);
#endif

/*
 * A compiler drops an allocation that it sees unused and warns of a size that
 * it sees is absurd; values that pass through here are unknown to it.
 */
static inline void *
hide(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return (p);
}

static inline size_t
hide_size(size_t n)
{
	__asm__ volatile("" : "+r"(n));
	return (n);
}

/* Every how many-th of a long series there is time for; at most so many. */
static inline size_t
test_stride(size_t most)
{
	const char *scale = getenv("BASALT_SCALE");
	size_t n = scale != NULL ? strtoul(scale, NULL, 10) : 1;

	return (n < 1 ? 1 : n < most ? n : most);
}

/* The byte that belongs at offset i of a block filled with the given tag. */
static inline unsigned char
pattern_byte(uint64_t tag, size_t i)
{
	return ((unsigned char)((tag + i) * 167 + (i >> 8) + 13));
}

/*
 * The pattern by 256 bytes, for what an emulator would take long over: the
 * bytes from i on, i a multiple of 256, are those of a tag in this row from
 * pattern_at on, since 23 times 167 is 1 in a byte.
 */
struct pattern {
	unsigned char	byte[512];
};

static inline void
pattern_row(struct pattern *row)
{
	size_t i;

	for (i = 0; i < sizeof(row->byte); i++)
		row->byte[i] = pattern_byte(i, 0);
}

static inline const unsigned char *
pattern_at(const struct pattern *row, uint64_t tag, size_t i)
{
	return (row->byte + (tag + (i >> 8) * 23) % 256);
}

static inline void
pattern_fill(void *p, size_t size, uint64_t tag)
{
	unsigned char *b = (unsigned char *)p;
	struct pattern row;
	size_t i = 0;

	if (size >= 8 * 256) {
		pattern_row(&row);
		for (; size - i >= 256; i += 256)
			memcpy(b + i, pattern_at(&row, tag, i), 256);
	}
	for (; i < size; i++)
		b[i] = pattern_byte(tag, i);
}

/* Returns the offset of the first byte that differs, or size if none does. */
static inline size_t
pattern_check(const void *p, size_t size, uint64_t tag)
{
	const unsigned char *b = (const unsigned char *)p;
	struct pattern row;
	size_t i = 0;

	if (size >= 8 * 256) {
		pattern_row(&row);
		while (size - i >= 256 &&
		    memcmp(b + i, pattern_at(&row, tag, i), 256) == 0)
			i += 256;
	}
	for (; i < size; i++)
		if (b[i] != pattern_byte(tag, i))
			break;
	return (i);
}

static inline int
is_aligned(const void *p, size_t alignment)
{
	return (((uintptr_t)p & (alignment - 1)) == 0);
}

/* Number of leading zero bytes, size if all of them are. */
static inline size_t
zero_prefix(const void *p, size_t size)
{
	const unsigned char *b = (const unsigned char *)p;
	size_t i;

	/* Zero if the first is and each is as the one before it. */
	if (size != 0 && b[0] == 0 && memcmp(b, b + 1, size - 1) == 0)
		return (size);
	for (i = 0; i < size && b[i] == 0; i++)
		continue;
	return (i);
}

/*
 * The next of a series of sizes that visits every size up to 4 KiB and then
 * both sides of the eighths of every doubling, where size classes end.
 */
static inline size_t
next_size(size_t size)
{
	size_t step;

	if (size < 4 * KIB)
		return (size + 1);
	for (step = KIB / 2; step * 16 <= size; step *= 2)
		continue;
	switch (size % step) {
	case 0:
		return (size + 1);
	case 1:
		return (size + step - 2);
	default:
		return (size + 1);
	}
}

/*
 * Bytes of this process in memory now; 0 if the system does not tell.  It
 * allocates nothing.  Not from statm: its unit is the kernel's page, which
 * under an emulator is not the program's.
 */
static inline size_t
resident_bytes(void)
{
	char text[4096];
	const char *line;
	ssize_t n = -1;
	int fd;

	fd = open("/proc/self/status", O_RDONLY);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	line = strstr(text, "VmRSS:");
	return (line == NULL ? 0 : strtoul(line + 6, NULL, 10) * KIB);
}

#endif /* TESTUTIL_H */

/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Random operations under a shadow oracle.
 *
 * Every block is filled with words that follow from its address, the seed and
 * a serial number, and is checked before it is freed or resized: two owners of
 * one byte cannot both find their words.  Large blocks are filled at the head,
 * the tail and some places between, so that the oracle stays cheap beside the
 * allocator.  With -c a bitmap of the address space, one bit for 8 bytes, also
 * catches an overlap in the call that makes it.
 *
 * A lane is a stream of operations with the blocks it holds.  It is carried by
 * a thread after another, hands blocks to the other lanes, and swings between
 * a full and an almost empty table.  With -x it has an arena and a cache of
 * its own too, and calls the functions in x now and then.
 *
 * Built with BAS_PREFIXED it calls bas_malloc and so on, for an archive whose
 * names were changed because a sanitizer owns the plain ones.
 */

#include <sys/mman.h>

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

#define	MAXTHREADS	256
#define	NPHASE		30000	/* operations before a lane turns round */
#define	NCARRY		400000	/* operations a thread carries its lane */
#define	NSAMPLES	12

static struct lane *lanes;
static unsigned nlanes = 4;
static uint64_t ops_each;
static uint64_t seed = 1;
static size_t max_size = 4 << 20;
static bool check_map;
static bool use_x;
static atomic_ulong violations;
static atomic_uint lanes_left;
static pthread_mutex_t done_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t done_cond = PTHREAD_COND_INITIALIZER;

static void
violation(const struct block *b, const char *fmt, ...)
{
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "oracle: violation: %s: block %p asked %zu filled %zu"
	    " align %zu\n", text, (void *)b->p, b->asked, b->size, b->align);
	if (atomic_fetch_add(&violations, 1) >= 20)
		_exit(1);
}

/*
 * The words.  Offsets that are filled depend on the size alone, so that a
 * block that shrank can still be checked where it was filled before.
 */
static inline uint64_t
word_at(uint64_t tag, size_t offset)
{
	return (tag + offset * 0x9e3779b97f4a7c15ULL);
}

static inline size_t
next_offset(size_t offset, size_t size)
{
	size_t step;

	if (size <= 256 || offset < 64 || offset + 64 >= size)
		return (offset + 8);
	step = (size / NSAMPLES) & ~(size_t)7;
	return (offset + step + 64 >= size ? ((size - 57) & ~(size_t)7) :
	    offset + step);
}

static void
block_fill(struct block *b)
{
	uint64_t w;
	size_t i;

	for (i = 0; i + 8 <= b->size; i = next_offset(i, b->size)) {
		w = word_at(b->tag, i);
		memcpy(b->p + i, &w, 8);
	}
	for (i = b->size & ~(size_t)7; i < b->size; i++)
		b->p[i] = (unsigned char)(b->tag >> (i & 7) * 8);
}

/* Checks the first n bytes of what block_fill() wrote, at p. */
static void
block_check(const struct block *b, const unsigned char *p, size_t n,
    const char *when)
{
	uint64_t w;
	size_t i;

	for (i = 0; i + 8 <= n; i = next_offset(i, b->size)) {
		memcpy(&w, p + i, 8);
		if (w != word_at(b->tag, i)) {
			violation(b, "%s: %#jx at offset %zu, not %#jx", when,
			    (uintmax_t)w, i, (uintmax_t)word_at(b->tag, i));
			return;
		}
	}
	if (n != b->size)
		return;
	for (i = n & ~(size_t)7; i < n; i++) {
		if (p[i] != (unsigned char)(b->tag >> (i & 7) * 8)) {
			violation(b, "%s: byte %zu changed", when, i);
			return;
		}
	}
}

static void
zero_check(struct lane *l, const struct block *b)
{
	size_t i, step;

	/* All of most blocks, a grid at a random place of the big ones. */
	step = b->asked <= 4096 || (l->serial & 15) == 0 ? 1 : 129;
	for (i = step == 1 ? 0 : l->serial % step; i < b->asked; i += step) {
		if (b->p[i] != 0) {
			violation(b, "calloc: byte %zu is %#x", i, b->p[i]);
			return;
		}
	}
}

/* A block has come from the allocator: is it fit to be used? */
static void
block_accept(struct lane *l, struct block *b, const char *from)
{
	size_t align, usable;

	align = b->align != 0 ? b->align : b->asked < 16 ? 8 : 16;
	if (((uintptr_t)b->p & (align - 1)) != 0)
		violation(b, "%s: not aligned to %zu", from, align);
	b->size = b->asked;
	if ((l->serial & 7) == 0) {
		usable = xusable(b->p);
		if (usable < b->asked)
			violation(b, "%s: usable size %zu", from, usable);
		else
			b->size = usable;
	}
	if (check_map && !shadow_set(b->p, b->size))
		violation(b, "%s: overlaps a live block", from);
	b->tag = random_mix((uintptr_t)b->p ^ seed << 48 ^ ++l->serial << 20 ^
	    l->number);
	block_fill(b);
}

static size_t
pick_size(struct lane *l)
{
	uint64_t r = lane_random(l);
	unsigned kind = r % 1024;
	size_t limit;

	r >>= 10;
	if (kind < 700)
		limit = 256;
	else if (kind < 960)
		limit = 4096;
	else if (kind < 1018)
		limit = 65536;
	else
		limit = max_size;
	if (limit > max_size)
		limit = max_size;
	/* Sizes near a limit are where classes and layers meet. */
	if ((r & 31) == 0)
		return (limit - (r >> 5) % 3);
	return ((r >> 5) % (limit + 1));
}

static size_t
pick_align(struct lane *l)
{
	uint64_t r = lane_random(l);

	if ((r & 4095) == 0)
		return ((size_t)1 << (17 + (r >> 12) % 6));
	if ((r & 15) == 0)
		return ((size_t)1 << (9 + (r >> 12) % 8));
	return ((size_t)8 << (r >> 12) % 6);
}

static bool
pick_x(struct lane *l)
{
	return (use_x && (lane_random(l) & 3) == 0);
}

static int
pick_flags(struct lane *l)
{
	const int arena = l->place & ~0xfffff;
	const int flags[] = { 0, MALLOCX_TCACHE_NONE, MALLOCX_ARENA(0), arena,
	    l->place, l->place & 0xfffff, arena | MALLOCX_TCACHE_NONE, 0 };

	return (flags[lane_random(l) & 7]);
}

static void
do_absurd(struct lane *l)
{
	struct block b = { 0 };
	size_t size = SIZE_MAX - lane_random(l) % (SIZE_MAX / 2);

	/* The compiler would warn of what it knows of this size. */
	__asm__ volatile("" : "+r"(size));
	errno = 0;
	b.asked = size;
	b.p = (lane_random(l) & 1) != 0 ? xmalloc(size) : xcalloc(size, 1);
	if (b.p != NULL)
		violation(&b, "absurd size granted");
	else if (errno != ENOMEM)
		violation(&b, "errno %d", errno);
}

static void *
allocate_x(struct lane *l, struct block *b)
{
	int flags = pick_flags(l);

	if ((lane_random(l) & 3) == 0) {
		b->align = pick_align(l);
		flags |= MALLOCX_ALIGN(b->align);
	}
	if ((lane_random(l) & 1) == 0)
		return (xmallocx(b->asked, flags));
	b->p = xmallocx(b->asked, flags | MALLOCX_ZERO);
	if (b->p != NULL)
		zero_check(l, b);
	return (b->p);
}

static void
do_allocate(struct lane *l, struct block *b)
{
	uint64_t r = lane_random(l);
	const char *from = "malloc";
	void *p = NULL;

	b->asked = pick_size(l);
	b->size = 0;
	b->align = 0;
	switch (pick_x(l) ? 16 : r & 15) {
	case 16:
		from = "mallocx";
		b->p = allocate_x(l, b);
		break;
	case 0:
	case 1:
	case 2:
		from = "calloc";
		b->p = xcalloc(1, b->asked);
		if (b->p != NULL)
			zero_check(l, b);
		break;
	case 3:
		from = "realloc";
		b->p = xrealloc(NULL, b->asked);
		break;
	case 4:
		from = "aligned_alloc";
		b->align = pick_align(l);
		b->p = xaligned_alloc(b->align, b->asked);
		break;
	case 5:
		from = "posix_memalign";
		if (xposix_memalign(&p, pick_align(l), b->asked) != 0)
			p = NULL;
		b->p = p;
		break;
	default:
		b->p = xmalloc(b->asked);
		break;
	}
	if (b->p == NULL) {
		l->nulls++;
		return;
	}
	block_accept(l, b, from);
	l->nheld++;
}

static void
do_free(struct lane *l, struct block *b)
{
	unsigned kind = lane_random(l) & 7;

	block_check(b, b->p, b->size, "free");
	if (check_map && !shadow_clear(b->p, b->size))
		violation(b, "free: the map lost it");
	errno = 77;
	if (pick_x(l)) {
		if (kind < 4)
			xdallocx(b->p, pick_flags(l));
		else
			xsdallocx(b->p, b->asked, pick_flags(l) |
			    (b->align != 0 ? MALLOCX_ALIGN(b->align) : 0));
	} else if (kind == 0 && b->align != 0)
		xfree_aligned_sized(b->p, b->align, b->asked);
	else if (kind <= 1 && b->align == 0)
		xfree_sized(b->p, b->asked);
	else
		xfree(b->p);
	if (errno != 77)
		violation(b, "free changed errno to %d", errno);
	b->p = NULL;
	l->nheld--;
}

static void
do_realloc(struct lane *l, struct block *b)
{
	struct block old = *b;
	size_t keep, size;
	unsigned char *p;

	size = pick_size(l);
	/* A growing buffer is the commonest use of all. */
	if ((size & 1) != 0 && b->asked + b->asked / 4 + 1 <= max_size)
		size = b->asked + b->asked / 4 + 1;
	if (size == 0)
		size = 1;
	block_check(b, b->p, b->size, "before realloc");
	if (check_map && !shadow_clear(b->p, b->size))
		violation(b, "realloc: the map lost it");
	if (!pick_x(l))
		p = xrealloc(b->p, size);
	else if (xxallocx(b->p, size, size / 8, 0) >= size)
		p = b->p;
	else
		p = xrallocx(b->p, size, pick_flags(l));
	if (p == NULL) {
		l->nulls++;
		block_check(b, b->p, b->size, "failed realloc");
		if (check_map)
			(void)shadow_set(b->p, b->size);
		return;
	}
	keep = size < old.size ? size : old.size;
	block_check(&old, p, keep, "after realloc");
	b->p = p;
	b->asked = size;
	b->align = 0;
	block_accept(l, b, "realloc");
}

/* Gives a block to another lane, or frees it here if that one is behind. */
static void
do_give(struct lane *l, struct block *b)
{
	struct lane *to = &lanes[lane_random(l) % nlanes];
	bool given = false;

	if (to != l) {
		pthread_mutex_lock(&to->lock);
		if (to->nring < NRING) {
			to->ring[to->nring++] = *b;
			given = true;
		}
		pthread_mutex_unlock(&to->lock);
	}
	if (given) {
		b->p = NULL;
		l->nheld--;
	} else
		do_free(l, b);
}

static void
do_receive(struct lane *l)
{
	struct block got[NRING];
	unsigned i, n;

	pthread_mutex_lock(&l->lock);
	n = l->nring;
	memcpy(got, l->ring, n * sizeof(got[0]));
	l->nring = 0;
	pthread_mutex_unlock(&l->lock);
	for (i = 0; i < n; i++) {
		l->nheld++;
		do_free(l, &got[i]);
	}
	l->ops += n;
}

static void
one_operation(struct lane *l)
{
	uint64_t r = lane_random(l);
	struct block *b = &l->held[r % NSLOTS];
	unsigned kind = (r >> 32) % 64;

	if (b->p == NULL) {
		/* On the way down only one in eight is filled again. */
		if (l->filling || (kind & 7) == 0) {
			do_allocate(l, b);
			l->ops++;
		}
		if ((r >> 40) % 16384 == 0)
			do_absurd(l);
		return;
	}
	l->ops++;
	if (kind < 8)
		do_realloc(l, b);
	else if (kind < 16)
		do_give(l, b);
	else if (kind < 18)
		block_check(b, b->p, b->size, "while held");
	else
		do_free(l, b);
}

static void *
carry(void *arg)
{
	struct lane *l = arg;
	pthread_t next;
	uint64_t end;
	unsigned i;

	end = l->ops + NCARRY < ops_each ? l->ops + NCARRY : ops_each;
	while (l->ops < end) {
		l->filling = (l->ops / NPHASE & 1) == 0;
		for (i = 0; i < 128; i++)
			one_operation(l);
		do_receive(l);
	}
	if (l->ops < ops_each) {
		pthread_detach(pthread_self());
		if (pthread_create(&next, NULL, carry, l) == 0)
			return (NULL);
		fprintf(stderr, "oracle: cannot create a thread\n");
		_exit(2);
	}
	pthread_mutex_lock(&done_lock);
	lanes_left--;
	pthread_cond_signal(&done_cond);
	pthread_mutex_unlock(&done_lock);
	return (NULL);
}

/* The first lanes have an arena apiece, the others arena 0. */
static void
place_make(struct lane *l)
{
	unsigned cache = 0, arena = 0;
	size_t len = sizeof(cache);

	if (xmallctl("tcache.create", &cache, &len, NULL, 0) != 0 ||
	    (l->number < 4 &&
	    xmallctl("arenas.create", &arena, &len, NULL, 0) != 0)) {
		fprintf(stderr, "oracle: no cache, or no arena\n");
		exit(2);
	}
	l->place = MALLOCX_TCACHE((int)cache) | MALLOCX_ARENA(arena);
}

static void
run_lanes(void)
{
	pthread_t thread;
	unsigned i;

	lanes_left = nlanes;
	for (i = 0; i < nlanes; i++) {
		pthread_mutex_init(&lanes[i].lock, NULL);
		lanes[i].number = i;
		lanes[i].random = random_mix(seed * 1000003 + i);
		if (use_x)
			place_make(&lanes[i]);
	}
	/* Each may give to all others at once, so all are ready first. */
	for (i = 0; i < nlanes; i++) {
		if (pthread_create(&thread, NULL, carry, &lanes[i]) != 0) {
			fprintf(stderr, "oracle: cannot create a thread\n");
			exit(2);
		}
	}
	pthread_mutex_lock(&done_lock);
	while (lanes_left != 0)
		pthread_cond_wait(&done_cond, &done_lock);
	pthread_mutex_unlock(&done_lock);
}

static void
free_all(struct lane *l)
{
	unsigned i;

	do_receive(l);
	for (i = 0; i < NSLOTS; i++)
		if (l->held[i].p != NULL)
			do_free(l, &l->held[i]);
	if (l->nheld != 0) {
		fprintf(stderr, "oracle: lane %u still holds %u blocks\n",
		    l->number, l->nheld);
		atomic_fetch_add(&violations, 1);
	}
}

static int
usage(void)
{
	fprintf(stderr, "usage: oracle [-cx] [-m maxsize] [-n ops] [-s seed]"
	    " [-t threads]\n");
	return (2);
}

int
main(int argc, char **argv)
{
	uint64_t nulls = 0, ops = 0, total = 10000000;
	unsigned i;
	int ch;

	while ((ch = getopt(argc, argv, "cm:n:s:t:x")) != -1) {
		switch (ch) {
		case 'c':
			check_map = true;
			break;
		case 'm':
			max_size = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			total = strtoull(optarg, NULL, 0);
			break;
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 't':
			nlanes = strtoul(optarg, NULL, 0);
			break;
		case 'x':
			use_x = true;
			break;
		default:
			return (usage());
		}
	}
	if (optind != argc || nlanes == 0 || nlanes > MAXTHREADS ||
	    max_size < 8)
		return (usage());
	ops_each = (total + nlanes - 1) / nlanes;
	/* The oracle's own tables stay out of the heap that it watches. */
	lanes = mmap(NULL, nlanes * sizeof(*lanes), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (lanes == MAP_FAILED) {
		perror("oracle: mmap");
		return (2);
	}
	run_lanes();
	for (i = 0; i < nlanes; i++) {
		free_all(&lanes[i]);
		ops += lanes[i].ops;
		nulls += lanes[i].nulls;
	}
	printf("oracle: seed %ju threads %u ops %ju nulls %ju violations"
	    " %lu\n", (uintmax_t)seed, nlanes, (uintmax_t)ops,
	    (uintmax_t)nulls, atomic_load(&violations));
	return (atomic_load(&violations) == 0 ? 0 : 1);
}

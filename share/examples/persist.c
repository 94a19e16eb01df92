/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A heap in a file, there again in the next run.
 *
 *	persist file [word...]		add words, and print them all
 *
 * The file is mapped where it was when it was made, so that pointers in it
 * hold.  An arena's hooks hand out its space, one piece after the other, and
 * never take any back: what the file holds must outlive the process.  Within
 * a run the arena reuses what the program frees; what an earlier run made can
 * be read and changed but not freed, for no arena knows of it.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <fcntl.h>
#include <malloc_np.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define	BASE	((char *)0x200000000000)	/* far from all else */
#define	SPACE	((size_t)1 << 30)		/* what it may grow to */
#define	FIRST	((size_t)2 << 20)		/* where pieces begin */
#define	MAGIC	0x70657273697374ULL

struct word {
	struct word	*next;
	char		text[];
};

/* The first bytes of the file. */
struct header {
	uint64_t	magic;
	uint64_t	used;		/* bytes, this header's piece included */
	struct word	*words;		/* the root of what is stored */
};

static struct header *header;
static int file;

/* Two threads may grow the arena at once. */
static void *
file_alloc(extent_hooks_t *self, void *at, size_t size, size_t align,
    bool *zero, bool *commit, unsigned arena)
{
	uint64_t used, begin, end;

	(void)self;
	(void)arena;
	used = __atomic_load_n(&header->used, __ATOMIC_RELAXED);
	do {
		begin = (used + align - 1) & ~(uint64_t)(align - 1);
		end = begin + size;
		if (size > SPACE || end > SPACE ||
		    (at != NULL && at != BASE + begin))
			return (NULL);
		if (posix_fallocate(file, (off_t)begin, (off_t)size) != 0)
			return (NULL);
	} while (!__atomic_compare_exchange_n(&header->used, &used, end,
	    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	*zero = *commit = true;
	return (BASE + begin);
}

/* Pieces may be cut and joined as the arena likes: the file is one. */
static bool
file_split(extent_hooks_t *self, void *p, size_t size, size_t head,
    size_t tail, bool committed, unsigned arena)
{

	(void)self;
	(void)p;
	(void)size;
	(void)head;
	(void)tail;
	(void)committed;
	(void)arena;
	return (false);
}

static bool
file_merge(extent_hooks_t *self, void *low, size_t nlow, void *high,
    size_t nhigh, bool committed, unsigned arena)
{

	(void)self;
	(void)low;
	(void)nlow;
	(void)high;
	(void)nhigh;
	(void)committed;
	(void)arena;
	return (false);
}

/* The other hooks are not there: nothing is ever given back. */
static extent_hooks_t hooks = {
	.alloc = file_alloc,
	.split = file_split,
	.merge = file_merge,
};

static void
file_open(const char *path)
{
	struct stat status;
	void *p;

	file = open(path, O_RDWR | O_CREAT, 0600);
	if (file < 0 || fstat(file, &status) != 0)
		err(1, "%s", path);
	if (status.st_size == 0 && ftruncate(file, FIRST) != 0)
		err(1, "%s", path);
	/* Addresses for all that it may become; pages come with the file. */
	p = mmap(BASE, SPACE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_FIXED_NOREPLACE, file, 0);
	if (p != BASE)
		err(1, "%s: cannot be mapped at %p", path, (void *)BASE);
	header = p;
	if (status.st_size == 0) {
		header->magic = MAGIC;
		header->used = FIRST;
	}
	if (header->magic != MAGIC)
		errx(1, "%s: is no heap", path);
}

static unsigned
arena_create(void)
{
	extent_hooks_t *new = &hooks;
	size_t len = sizeof(unsigned);
	unsigned arena;
	int error;

	error = mallctl("arenas.create", &arena, &len, &new, sizeof(new));
	if (error != 0)
		errx(1, "arenas.create: %s", strerror(error));
	return (arena);
}

static void
word_add(const char *text, int flags)
{
	size_t len = strlen(text) + 1;
	struct word *word, **link;

	word = mallocx(sizeof(*word) + len, flags);
	if (word == NULL)
		errx(1, "the file is full");
	memcpy(word->text, text, len);
	word->next = NULL;
	for (link = &header->words; *link != NULL; link = &(*link)->next)
		;
	*link = word;
}

int
main(int argc, char **argv)
{
	const struct word *word;
	int flags, i;

	if (argc < 2)
		errx(2, "usage: persist file [word...]");
	file_open(argv[1]);
	flags = MALLOCX_ARENA(arena_create()) | MALLOCX_TCACHE_NONE;
	for (i = 2; i < argc; i++)
		word_add(argv[i], flags);
	for (word = header->words; word != NULL; word = word->next)
		puts(word->text);
	if (msync(header, SPACE, MS_SYNC) != 0)
		warn("%s", argv[1]);
	return (0);
}

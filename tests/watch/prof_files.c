/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A made-up profile on standard output, in one of the formats:
 *
 *	prof_files pprof|named|folded|heap_v2	four stacks that meet, with
 *		real addresses of this program (named: and their names)
 *	prof_files places|placed	as pprof and folded, with mappings and
 *		names as this process itself finds them
 *	prof_files large n	as pprof, n rows of as many places in the code
 *	prof_files gzip		standard input, compressed
 *
 * They read: site_small 1000 objects of 24000 bytes in use, 3000 of 72000
 * ever; site_page 10 of 40960, 20 of 81920; site_large 1 of 1048576, 2 of
 * 2097152, from two callers; site_gone nothing, 5 of 500.
 */
#include <sys/mman.h>

#include <err.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "os/os.h"
#include "watch/gzip.h"
#include "watch/prof_maps.h"
#include "watch/prof_view.h"

#define	NMAPPINGS	64
#define	NROWS		5

/* Never inline, and each of its own: what the readers are to name. */
#define	SITE(name, n)							\
	__attribute__((noinline, used)) int				\
	name(int x)							\
	{								\
		__asm__ volatile("nop; nop; nop; nop" ::: "memory");	\
		return (x + (n));					\
	}

int	site_small(int), site_page(int), site_large(int), site_gone(int);
int	caller_one(int), caller_two(int);
SITE(site_small, 1)
SITE(site_page, 2)
SITE(site_large, 3)
SITE(site_gone, 4)
SITE(caller_one, 5)
SITE(caller_two, 6)

struct fake {
	struct prof_view view;
	struct prof_row	 rows[NROWS];
	uintptr_t	 pcs[NROWS][2];
	size_t		 row, nrows;
	uintptr_t	 large[24];
	struct prof_mapping mappings[NMAPPINGS];
	char		 paths[NMAPPINGS][256];
	size_t		 nmappings;
	unsigned char	 build_id[PROF_BUILD_ID_MAX];
	unsigned	 nbuild_id;
	struct prof_maps maps;
};

static bool
fake_next(struct prof_view *view, struct prof_row *row)
{
	struct fake *fake = (struct fake *)view;

	if (fake->row == fake->nrows)
		return (false);
	*row = fake->rows[fake->row++];
	return (true);
}

static void
fake_again(struct prof_view *view)
{
	((struct fake *)view)->row = 0;
}

/* A new place each time, under the same twenty. */
static bool
large_next(struct prof_view *view, struct prof_row *row)
{
	struct fake *fake = (struct fake *)view;
	static char name[16];
	size_t i;

	if (fake->row == fake->nrows)
		return (false);
	for (i = 0; i < 24; i++)
		fake->large[i] = 0x10000001 + 16 * i;
	fake->large[0] = 0x20000001 + 16 * fake->row;
	(void)snprintf(name, sizeof(name), "t%zu", fake->row % 100);
	*row = (struct prof_row) { .pcs = fake->large, .npcs = 24,
	    .thread = fake->row % 100, .thread_name = name,
	    .inuse_objects = 1, .inuse_space = fake->row };
	fake->row++;
	return (true);
}

static bool
fake_mapping(struct prof_view *view, size_t i, struct prof_mapping *mapping)
{
	struct fake *fake = (struct fake *)view;

	if (i >= fake->nmappings)
		return (false);
	*mapping = fake->mappings[i];
	return (true);
}

static bool
fake_symbol(struct prof_view *view, uintptr_t pc, struct prof_symbol *symbol)
{
	static const struct { int (*f)(int); const char *name; } all[] = {
		{ site_small, "site_small" }, { site_page, "site_page" },
		{ site_large, "site_large" }, { site_gone, "site_gone" },
		{ caller_one, "caller_one" }, { caller_two, "caller_two" }
	};
	size_t i;

	(void)view;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (pc - (uintptr_t)all[i].f < 8) {
			symbol->name = all[i].name;
			symbol->start = (uintptr_t)all[i].f;
			return (true);
		}
	return (false);
}

static void
maps_read(struct fake *fake)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512], perms[8];
	unsigned long start, end, offset;
	struct prof_mapping *m;

	if (f == NULL)
		err(1, "/proc/self/maps");
	while (fgets(line, sizeof(line), f) != NULL &&
	    fake->nmappings < NMAPPINGS) {
		m = &fake->mappings[fake->nmappings];
		m->path = fake->paths[fake->nmappings];
		fake->paths[fake->nmappings][0] = '\0';
		if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %255s", &start, &end,
		    perms, &offset, fake->paths[fake->nmappings]) < 4 ||
		    strchr(perms, 'x') == NULL)
			continue;
		m->start = start;
		m->end = end;
		m->offset = offset;
		if (fake->nmappings++ == 0) {
			m->build_id = fake->build_id;
			m->nbuild_id = fake->nbuild_id;
		}
	}
	(void)fclose(f);
}

/* The first program that is told of is our own. */
static int
build_id_read(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct fake *fake = arg;
	const ElfW(Nhdr) *note;
	const char *p, *end;
	size_t i;

	(void)size;
	for (i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_NOTE)
			continue;
		p = (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		end = p + info->dlpi_phdr[i].p_memsz;
		while (p < end) {
			note = (const void *)p;
			p += sizeof(*note) + ((note->n_namesz + 3) & ~3U);
			if (note->n_type == NT_GNU_BUILD_ID &&
			    note->n_descsz <= PROF_BUILD_ID_MAX) {
				memcpy(fake->build_id, p, note->n_descsz);
				fake->nbuild_id = note->n_descsz;
			}
			p += (note->n_descsz + 3) & ~3U;
		}
	}
	return (1);
}

static void
row_set(struct fake *fake, size_t i, int (*site)(int), int (*caller)(int),
    uint64_t objects, uint64_t bytes, uint64_t all, size_t size)
{
	struct prof_row *row = &fake->rows[i];

	fake->pcs[i][0] = (uintptr_t)site + 2;
	fake->pcs[i][1] = (uintptr_t)caller + 2;
	row->pcs = fake->pcs[i];
	row->npcs = 2;
	row->size = size;
	row->inuse_objects = row->cur_objects = objects;
	row->inuse_space = row->cur_bytes = bytes;
	row->alloc_objects = row->accum_objects = all;
	row->alloc_space = row->accum_bytes = all * size;
}

static void
fake_init(struct fake *fake)
{
	memset(fake, 0, sizeof(*fake));
	(void)dl_iterate_phdr(build_id_read, fake);
	maps_read(fake);
	fake->view.next = fake_next;
	fake->view.again = fake_again;
	fake->view.mapping = fake_mapping;
	fake->view.period = 512 << 10;
	fake->view.time_ns = UINT64_C(1700000000000000000);
	row_set(fake, 0, site_small, caller_one, 1000, 24000, 3000, 24);
	row_set(fake, 1, site_page, caller_two, 10, 40960, 20, 4096);
	row_set(fake, 2, site_large, caller_one, 1, 524288, 1, 1048576);
	row_set(fake, 3, site_large, caller_two, 0, 524288, 1, 1048576);
	row_set(fake, 4, site_gone, caller_two, 0, 0, 5, 100);
	fake->rows[0].pinned_space = 4096;
	fake->rows[1].thread = 7;
	fake->rows[1].thread_name = "worker \"7\"";
	fake->nrows = NROWS;
}

static int
heap_v2(const struct fake *fake)
{
	const struct prof_row *row;
	char buf[4096];
	ssize_t n;
	int fd = open("/proc/self/maps", O_RDONLY);

	printf("heap_v2/1\n  t*: 1011: 1113536 [3027: 2251404]\n");
	for (row = fake->rows; row < fake->rows + NROWS; row++)
		printf("@ %#lx %#lx\n  t*: %lu: %lu [%lu: %lu]\n",
		    (unsigned long)row->pcs[0], (unsigned long)row->pcs[1],
		    (unsigned long)row->cur_objects,
		    (unsigned long)row->cur_bytes,
		    (unsigned long)row->accum_objects,
		    (unsigned long)row->accum_bytes);
	printf("\nMAPPED_LIBRARIES:\n");
	(void)fflush(stdout);
	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			return (1);
	return (0);
}

static int
compress(struct sink *sink)
{
	struct gzip *gzip = malloc(sizeof(*gzip));
	char buf[10000];
	ssize_t n;
	int error;

	if (gzip == NULL)
		err(1, "malloc");
	_bas_gzip_begin(gzip, sink);
	while ((n = read(0, buf, sizeof(buf))) > 0)
		(void)_bas_gzip_write(gzip, buf, (size_t)n);
	error = _bas_gzip_end(gzip);
	free(gzip);
	return (error);
}

/* What is mapped, and names, as the process finds them. */
static bool
own_mapping(struct prof_view *view, size_t i, struct prof_mapping *mapping)
{
	return (_bas_prof_maps_get(&((struct fake *)view)->maps, i, mapping));
}

static bool
own_symbol(struct prof_view *view, uintptr_t pc, struct prof_symbol *symbol)
{
	return (_bas_prof_maps_symbol(&((struct fake *)view)->maps, pc,
	    symbol));
}

static int
placed(struct fake *fake, int (*writer)(struct prof_view *, struct sink *),
    struct sink *sink)
{
	int error;

	/* As a JIT may have it, below the program's own code. */
	(void)mmap((void *)0x20000, 4096, PROT_READ | PROT_EXEC,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	_bas_prof_maps_begin(&fake->maps);
	fake->view.mapping = own_mapping;
	fake->view.symbol = own_symbol;
	error = writer(&fake->view, sink);
	_bas_prof_maps_end(&fake->maps);
	return (error);
}

int
main(int argc, char **argv)
{
	static struct fake fake;
	static struct sink sink;
	const char *what = argc > 1 ? argv[1] : "";
	int error;

	_bas_os_init();
	_bas_sink_file(&sink, 1);
	fake_init(&fake);
	if (strcmp(what, "heap_v2") == 0)
		return (heap_v2(&fake));
	if (strcmp(what, "gzip") == 0)
		error = compress(&sink);
	else if (strcmp(what, "pprof") == 0)
		error = _bas_prof_pprof(&fake.view, &sink);
	else if (strcmp(what, "named") == 0) {
		fake.view.symbol = fake_symbol;
		error = _bas_prof_pprof(&fake.view, &sink);
	} else if (strcmp(what, "folded") == 0) {
		fake.view.symbol = fake_symbol;
		error = _bas_prof_folded(&fake.view, &sink);
	} else if (strcmp(what, "places") == 0)
		error = placed(&fake, _bas_prof_pprof, &sink);
	else if (strcmp(what, "placed") == 0)
		error = placed(&fake, _bas_prof_folded, &sink);
	else if (strcmp(what, "large") == 0 && argc > 2) {
		fake.view.next = large_next;
		fake.nrows = strtoul(argv[2], NULL, 10);
		error = _bas_prof_pprof(&fake.view, &sink);
	} else
		errx(1, "what?");
	if (error == 0)
		error = _bas_sink_end(&sink);
	if (error != 0)
		errx(1, "%s", strerror(error));
	return (0);
}

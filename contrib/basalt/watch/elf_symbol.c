/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A file's functions, sorted once (a heap sort: no recursion, n log n at
 * the worst), and then found by halving.  The tables are read and not
 * mapped: a file that somebody cuts short would end the process.
 */
#include <elf.h>
#include <link.h>
#include <string.h>

#include "os/file.h"
#include "os/os.h"
#include "watch/elf_symbol.h"

/* More symbols, or longer names, than any file that is loaded has. */
#define	SYMBOLS_MAX	((uint64_t)1 << 24)
#define	NAMES_MAX	((uint64_t)1 << 30)
#define	SEGMENTS_MAX	\
	(sizeof(((struct elf_symbols *)0)->segments) / \
	sizeof(struct elf_segment))

struct elf_function {
	uint64_t	address, size;	/* as the file has them; bytes */
	uint32_t	name;
};

struct tables {
	ElfW(Shdr)	symbols, names;
};

static bool
read_all(int fd, void *buf, size_t size, uint64_t offset)
{

	return (_bas_os_file_read_at(fd, buf, size, offset) == (ssize_t)size);
}

static bool
header_read(int fd, ElfW(Ehdr) *file)
{

	return (read_all(fd, file, sizeof(*file), 0) &&
	    memcmp(file->e_ident, ELFMAG, SELFMAG) == 0 &&
	    file->e_ident[EI_CLASS] == ELFCLASS64 &&
	    file->e_phentsize == sizeof(ElfW(Phdr)) &&
	    file->e_shentsize == sizeof(ElfW(Shdr)));
}

static void
segments_read(struct elf_symbols *s, int fd, const ElfW(Ehdr) *file)
{
	ElfW(Phdr) part;
	unsigned i;

	for (i = 0; i < file->e_phnum && s->nsegments < SEGMENTS_MAX; i++) {
		if (!read_all(fd, &part, sizeof(part), file->e_phoff +
		    i * sizeof(part)))
			return;
		if (part.p_type == PT_LOAD)
			s->segments[s->nsegments++] = (struct elf_segment){
			    part.p_offset, part.p_filesz, part.p_vaddr };
	}
}

/* The table with all symbols or, where it was taken away, the exported. */
static bool
tables_find(int fd, const ElfW(Ehdr) *file, struct tables *tables)
{
	ElfW(Shdr) section;
	bool found = false;
	unsigned i;

	for (i = 0; i < file->e_shnum; i++) {
		if (!read_all(fd, &section, sizeof(section), file->e_shoff +
		    i * sizeof(section)))
			return (false);
		if ((section.sh_type != SHT_SYMTAB &&
		    (section.sh_type != SHT_DYNSYM || found)) ||
		    section.sh_entsize != sizeof(ElfW(Sym)) ||
		    section.sh_link >= file->e_shnum ||
		    section.sh_size / sizeof(ElfW(Sym)) > SYMBOLS_MAX)
			continue;
		tables->symbols = section;
		if (!read_all(fd, &tables->names, sizeof(section),
		    file->e_shoff + section.sh_link * sizeof(section)) ||
		    tables->names.sh_size > NAMES_MAX)
			return (false);
		found = true;
	}
	return (found);
}

static bool
is_less(const struct elf_function *a, const struct elf_function *b)
{

	return (a->address < b->address ||
	    (a->address == b->address && a->size < b->size));
}

/* The function at i down to where it is not smaller than those below. */
static void
sift(struct elf_function *f, size_t i, size_t n)
{
	struct elf_function moved = f[i];
	size_t child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && is_less(&f[child], &f[child + 1]))
			child++;
		if (!is_less(&moved, &f[child]))
			break;
		f[i] = f[child];
		i = child;
	}
	f[i] = moved;
}

static void
sort(struct elf_function *f, size_t n)
{
	struct elf_function last;
	size_t i;

	for (i = n / 2; i-- > 0;)
		sift(f, i, n);
	while (n > 1) {
		last = f[--n];
		f[n] = f[0];
		f[0] = last;
		sift(f, 0, n);
	}
}

/* A batch at a time: symbols are larger than what is kept of them. */
static bool
functions_read(struct elf_symbols *s, int fd, const ElfW(Shdr) *table)
{
	size_t n = table->sh_size / sizeof(ElfW(Sym)), i, batch, at;
	ElfW(Sym) symbols[64];

	for (at = 0; at < n; at += batch) {
		batch = n - at < 64 ? n - at : 64;
		if (!read_all(fd, symbols, batch * sizeof(symbols[0]),
		    table->sh_offset + at * sizeof(symbols[0])))
			return (false);
		for (i = 0; i < batch; i++) {
			if ((ELF64_ST_TYPE(symbols[i].st_info) != STT_FUNC &&
			    ELF64_ST_TYPE(symbols[i].st_info) !=
			    STT_GNU_IFUNC) ||
			    symbols[i].st_shndx == SHN_UNDEF ||
			    symbols[i].st_name >= s->names_size)
				continue;
			s->functions[s->nfunctions++] = (struct elf_function){
			    symbols[i].st_value, symbols[i].st_size,
			    symbols[i].st_name };
		}
	}
	sort(s->functions, s->nfunctions);
	return (s->nfunctions > 0);
}

static bool
tables_read(struct elf_symbols *s, int fd, const struct tables *tables)
{
	size_t page = _bas_os_info.page, room;
	char *names;

	room = tables->symbols.sh_size / sizeof(ElfW(Sym)) *
	    sizeof(struct elf_function);
	/* One more, so that the last name has an end. */
	s->size = (room + tables->names.sh_size + page) & ~(page - 1);
	s->memory = _bas_os_map(s->size, page);
	if (s->memory == NULL)
		return (false);
	s->functions = s->memory;
	names = (char *)s->memory + room;
	s->names = names;
	s->names_size = tables->names.sh_size;
	return (read_all(fd, names, s->names_size, tables->names.sh_offset) &&
	    functions_read(s, fd, &tables->symbols));
}

bool
_bas_elf_symbols_open(struct elf_symbols *s, const char *path)
{
	struct tables tables;
	ElfW(Ehdr) file;
	bool good;
	int fd;

	memset(s, 0, sizeof(*s));
	fd = _bas_os_file_open(path, NULL);
	if (fd < 0)
		return (false);
	good = header_read(fd, &file) && tables_find(fd, &file, &tables);
	if (good) {
		segments_read(s, fd, &file);
		good = tables_read(s, fd, &tables);
	}
	_bas_os_file_close(fd);
	if (!good)
		_bas_elf_symbols_close(s);
	return (good);
}

void
_bas_elf_symbols_close(struct elf_symbols *s)
{

	if (s->memory != NULL)
		(void)_bas_os_unmap(s->memory, s->size);
	memset(s, 0, sizeof(*s));
}

static const struct elf_segment *
segment_of(const struct elf_symbols *s, uint64_t offset)
{
	unsigned i;

	for (i = 0; i < s->nsegments; i++)
		if (offset - s->segments[i].offset < s->segments[i].size)
			return (&s->segments[i]);
	return (NULL);
}

/*
 * Of several that begin at one place the longest is the last.  One that
 * says no size, as in assembler, goes on to the next.
 */
const char *
_bas_elf_symbols_find(const struct elf_symbols *s, uint64_t offset,
    uint64_t *start)
{
	const struct elf_segment *segment = segment_of(s, offset);
	size_t low = 0, high = s->nfunctions, middle;
	const struct elf_function *f;
	uint64_t address;

	if (segment == NULL)
		return (NULL);
	address = offset - segment->offset + segment->address;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (s->functions[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return (NULL);
	f = &s->functions[low - 1];
	if ((f->size != 0 && address - f->address >= f->size) ||
	    f->address < segment->address)
		return (NULL);
	*start = f->address - segment->address + segment->offset;
	return (s->names + f->name);
}

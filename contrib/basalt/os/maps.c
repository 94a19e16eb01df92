/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The kernel's text, a line a mapping:
 *	start-end rwxp offset major:minor inode   path
 */
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#include <sys/syscall.h>

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "os/file.h"
#include "os/maps.h"
#include "malloc_machdep.h"

/* Linux's takes the bytes of a set of signals besides. */
#ifndef SYS_rt_sigprocmask
#define	SYS_rt_sigprocmask	SYS_sigprocmask
#endif
#define	SIGNALS_SIZE	8
/* The smallest page there may be: what can be read differs by no less. */
#define	STEP	((uintptr_t)1 << MACH_PAGE_SHIFT)
/* The farthest that program headers, and the most that notes may be: bytes. */
#define	HEADERS_MAX	((size_t)64 << 10)
/* So many program headers are: 1.3 KiB of a stack that may be small. */
#define	PARTS_MAX	24

/* Once its first thread has ended a process shows nothing, others do. */
static const struct {
	const char	*maps, *mem;
} paths[] = {
	{ "/proc/self/maps", "/proc/self/mem" },
	{ "/proc/thread-self/maps", "/proc/thread-self/mem" },
};

/* One system call: the kernel gives whole lines, and less than asked for. */
static bool
maps_fill(struct os_maps *maps)
{
	int saved = errno;
	long n;

	memmove(maps->buf, maps->buf + maps->at, maps->len - maps->at);
	maps->len -= maps->at;
	maps->at = 0;
	do {
		n = syscall(SYS_read, maps->fd, maps->buf + maps->len,
		    maps->size - maps->len);
	} while (n < 0 && errno == EINTR);
	errno = saved;
	if (n <= 0)
		return (false);
	maps->len += (size_t)n;
	return (true);
}

bool
_bas_os_maps_begin(struct os_maps *maps, char *buf, size_t size)
{
	size_t i;

	*maps = (struct os_maps){ .buf = buf, .size = size };
	for (i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		maps->fd = _bas_os_file_open(paths[i].maps, NULL);
		if (maps->fd < 0)
			continue;
		if (maps_fill(maps)) {
			maps->mem = _bas_os_file_open(paths[i].mem, NULL);
			return (true);
		}
		_bas_os_file_close(maps->fd);
	}
	return (false);
}

void
_bas_os_maps_end(struct os_maps *maps)
{

	_bas_os_file_close(maps->fd);
	if (maps->mem >= 0)
		_bas_os_file_close(maps->mem);
}

/* The next line, without its end; NULL: there is none. */
static char *
maps_line(struct os_maps *maps)
{
	char *line, *end;
	bool cut;

	for (;;) {
		line = maps->buf + maps->at;
		end = memchr(line, '\n', maps->len - maps->at);
		if (end == NULL) {
			/* A line that does not fit is skipped. */
			if (maps->at == 0 && maps->len == maps->size) {
				maps->cut = true;
				maps->len = 0;
			}
			if (!maps_fill(maps))
				return (NULL);
			continue;
		}
		*end = '\0';
		maps->at = (size_t)(end + 1 - maps->buf);
		cut = maps->cut;
		maps->cut = false;
		if (!cut)
			return (line);
	}
}

/* A number, and what follows it is skipped: one character. */
static uint64_t
number(const char **text, unsigned base)
{
	const char *p = *text;
	uint64_t value = 0;
	unsigned digit;

	while (*p == ' ')
		p++;
	for (;; p++) {
		if (*p >= '0' && *p <= '9')
			digit = (unsigned)(*p - '0');
		else if (*p >= 'a' && *p <= 'f')
			digit = (unsigned)(*p - 'a') + 10;
		else
			break;
		if (digit >= base)
			break;
		value = value * base + digit;
	}
	*text = *p == '\0' ? p : p + 1;
	return (value);
}

bool
_bas_os_maps_next(struct os_maps *maps, struct os_mapping *mapping)
{
	const char *p = maps_line(maps);

	if (p == NULL)
		return (false);
	mapping->start = number(&p, 16);
	mapping->end = number(&p, 16);
	mapping->readable = p[0] == 'r';
	mapping->executable = p[0] != '\0' && p[1] != '\0' && p[2] == 'x';
	p += strcspn(p, " ");
	mapping->offset = number(&p, 16);
	(void)number(&p, 16);
	(void)number(&p, 16);
	mapping->inode = number(&p, 10);
	p += strspn(p, " ");
	mapping->path = p;
	if (mapping->offset == 0) {
		maps->base = mapping->start;
		maps->base_inode = mapping->inode;
	}
	/* Of what is no file the vDSO alone is like one. */
	mapping->base = mapping->inode == maps->base_inode &&
	    (mapping->inode != 0 || strcmp(p, "[vdso]") == 0) ?
	    maps->base : 0;
	return (true);
}

/* The kernel says if it is there no more: a look beforehand may be late. */
bool
_bas_os_maps_copy(const struct os_maps *maps, uintptr_t addr, void *buf,
    size_t size)
{

	if (maps->mem >= 0 && _bas_os_file_read_at(maps->mem, buf, size,
	    addr) == (ssize_t)size)
		return (true);
	if (!_bas_os_readable(addr, size))
		return (false);
	memcpy(buf, (const void *)addr, size);
	return (true);
}

/*
 * The kernel copies the set of signals before it looks at what to do with
 * it, which is nothing that it knows.  EFAULT: it could not.
 */
static bool
word_is_readable(uintptr_t addr)
{
	int saved = errno;
	bool is;

	is = syscall(SYS_rt_sigprocmask, ~0L, addr, NULL, SIGNALS_SIZE) == 0 ||
	    errno != EFAULT;
	errno = saved;
	return (is);
}

bool
_bas_os_readable(uintptr_t addr, size_t size)
{
	uintptr_t page = addr & -STEP;
	size_t n;

	/* Of no set the kernel would copy nothing. */
	if (page == 0 || addr > UINTPTR_MAX - size)
		return (false);
	n = (addr + size - page + STEP - 1) / STEP;
	/* A word of two pages tells of both. */
	for (; n > 1; n -= 2, page += 2 * STEP)
		if (!word_is_readable(page + STEP - SIGNALS_SIZE / 2))
			return (false);
	return (n == 0 || word_is_readable(page));
}

uintptr_t
_bas_os_entry(void)
{
	uintptr_t entry = 0;
#if defined(__linux__)
	int saved = errno;

	entry = getauxval(AT_ENTRY);
	errno = saved;
#endif
	return (entry);
}

/* Of notes, which are size bytes at addr. */
static unsigned
note_id(const struct os_maps *maps, uintptr_t addr, size_t size,
    unsigned char *id)
{
	struct {
		ElfW(Nhdr) head;
		char	 name[4];
	} note;
	size_t len;

	while (size >= sizeof(note) &&
	    _bas_os_maps_copy(maps, addr, &note, sizeof(note))) {
		len = sizeof(note.head) +
		    (((size_t)note.head.n_namesz + 3) & ~(size_t)3) +
		    (((size_t)note.head.n_descsz + 3) & ~(size_t)3);
		if (len > size)
			break;
		if (note.head.n_type == NT_GNU_BUILD_ID &&
		    note.head.n_namesz == sizeof(note.name) &&
		    memcmp(note.name, "GNU", sizeof(note.name)) == 0 &&
		    note.head.n_descsz <= OS_BUILD_ID_MAX)
			return (_bas_os_maps_copy(maps, addr + sizeof(note),
			    id, note.head.n_descsz) ? note.head.n_descsz : 0);
		addr += len;
		size -= len;
	}
	return (0);
}

unsigned
_bas_os_build_id(const struct os_maps *maps, uintptr_t base,
    unsigned char *id)
{
	ElfW(Ehdr) file;
	ElfW(Phdr) part[PARTS_MAX];
	uintptr_t bias = base;
	unsigned i, n, len = 0;

	if (!_bas_os_maps_copy(maps, base, &file, sizeof(file)) ||
	    memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
	    file.e_phentsize != sizeof(part[0]) ||
	    file.e_phoff > HEADERS_MAX)
		return (0);
	n = file.e_phnum < PARTS_MAX ? file.e_phnum : PARTS_MAX;
	if (!_bas_os_maps_copy(maps, base + file.e_phoff, part,
	    n * sizeof(part[0])))
		return (0);
	for (i = 0; i < n; i++)
		if (part[i].p_type == PT_LOAD && part[i].p_offset == 0)
			bias = base - part[i].p_vaddr;
	for (i = 0; i < n && len == 0; i++)
		if (part[i].p_type == PT_NOTE &&
		    part[i].p_memsz <= HEADERS_MAX)
			len = note_id(maps, bias + part[i].p_vaddr,
			    part[i].p_memsz, id);
	return (len);
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The kernel's text, a line a mapping:
 *	start-end rwxp offset major:minor inode   path
 */
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
/* The most bytes of program headers and of notes that are looked at. */
#define	HEADERS_MAX	((size_t)64 << 10)

bool
_bas_os_maps_begin(struct os_maps *maps, char *buf, size_t size)
{

	*maps = (struct os_maps){ .buf = buf, .size = size };
	maps->fd = _bas_os_file_open(OS_MAPS_PATH, NULL);
	return (maps->fd >= 0);
}

void
_bas_os_maps_end(struct os_maps *maps)
{

	_bas_os_file_close(maps->fd);
}

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

/* The next line, without its end; NULL: there is none. */
static char *
maps_line(struct os_maps *maps)
{
	char *line, *end;

	for (;;) {
		line = maps->buf + maps->at;
		end = memchr(line, '\n', maps->len - maps->at);
		if (end != NULL)
			break;
		/* A line that does not fit is skipped. */
		if (maps->at == 0 && maps->len == maps->size)
			maps->len = 0;
		if (!maps_fill(maps))
			return (NULL);
	}
	*end = '\0';
	maps->at = (size_t)(end + 1 - maps->buf);
	return (line);
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
	/* What has no file is in memory from its begin on: the vDSO. */
	if (mapping->offset == 0) {
		maps->base = mapping->start;
		maps->base_inode = mapping->inode;
	}
	mapping->base = mapping->inode == maps->base_inode ? maps->base : 0;
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

static unsigned
note_id(const char *note, size_t size, unsigned char *id)
{
	ElfW(Nhdr) head;
	size_t name, desc;

	while (size >= sizeof(head)) {
		memcpy(&head, note, sizeof(head));
		name = ((size_t)head.n_namesz + 3) & ~(size_t)3;
		desc = ((size_t)head.n_descsz + 3) & ~(size_t)3;
		if (name > size - sizeof(head) ||
		    desc > size - sizeof(head) - name)
			break;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
		    memcmp(note + sizeof(head), "GNU", 4) == 0 &&
		    head.n_descsz <= OS_BUILD_ID_MAX) {
			memcpy(id, note + sizeof(head) + name, head.n_descsz);
			return (head.n_descsz);
		}
		note += sizeof(head) + name + desc;
		size -= sizeof(head) + name + desc;
	}
	return (0);
}

unsigned
_bas_os_build_id(uintptr_t base, unsigned char *id)
{
	const ElfW(Ehdr) *file = (const ElfW(Ehdr) *)base;
	const ElfW(Phdr) *part;
	uintptr_t bias = base;
	unsigned i, n;

	if (base % sizeof(void *) != 0 ||
	    !_bas_os_readable(base, sizeof(*file)) ||
	    memcmp(file->e_ident, ELFMAG, SELFMAG) != 0 ||
	    file->e_phentsize != sizeof(*part) ||
	    file->e_phoff > HEADERS_MAX ||
	    !_bas_os_readable(base + file->e_phoff,
	    file->e_phnum * sizeof(*part)))
		return (0);
	part = (const ElfW(Phdr) *)(base + file->e_phoff);
	for (i = 0; i < file->e_phnum; i++)
		if (part[i].p_type == PT_LOAD && part[i].p_offset == 0)
			bias = base - part[i].p_vaddr;
	for (i = 0; i < file->e_phnum; i++) {
		if (part[i].p_type != PT_NOTE ||
		    part[i].p_memsz > HEADERS_MAX ||
		    !_bas_os_readable(bias + part[i].p_vaddr,
		    part[i].p_memsz))
			continue;
		n = note_id((const char *)(bias + part[i].p_vaddr),
		    part[i].p_memsz, id);
		if (n != 0)
			return (n);
	}
	return (0);
}

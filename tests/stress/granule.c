/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * A library to be loaded before the allocator that holds its calls for memory
 * against the page that the kernel says it has.
 *
 * Under an emulator the pages are said to be large, but what the kernel below
 * really does goes by its own small ones: half a page could be unmapped or
 * purged, and nobody would be told.  Here that ends the program.
 */

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define	CALLER	__builtin_return_address(0)

/* Where the allocator's code is; what others do is their own affair. */
static atomic_uintptr_t from, to;

/* What the program starts may be the machine's that emulates this one. */
__attribute__((constructor)) static void
forget(void)
{

	unsetenv("LD_PRELOAD");
}

static int
find(struct dl_phdr_info *info, size_t size, void *arg)
{
	const ElfW(Phdr) *p = info->dlpi_phdr;
	unsigned i;

	(void)size;
	(void)arg;
	if (strstr(info->dlpi_name, "libbasalt.so") == NULL)
		return (0);
	for (i = 0; i < info->dlpi_phnum; i++)
		if (p[i].p_type == PT_LOAD && (p[i].p_flags & PF_X) != 0) {
			to = info->dlpi_addr + p[i].p_vaddr + p[i].p_memsz;
			from = info->dlpi_addr + p[i].p_vaddr;
		}
	return (1);
}

static void
check(const char *call, const void *addr, size_t len, const void *caller)
{
	size_t mask = getauxval(AT_PAGESZ) - 1;
	char text[128];
	int n;

	if (from == 0 && dl_iterate_phdr(find, NULL) == 0)
		from = to = UINTPTR_MAX;
	if ((((uintptr_t)addr | len) & mask) == 0 ||
	    (uintptr_t)caller < from || (uintptr_t)caller >= to)
		return;
	n = snprintf(text, sizeof(text), "granule: %s(%p, %#zx): not of "
	    "whole pages\n", call, addr, len);
	(void)!write(2, text, (size_t)n);
	abort();
}

void *
mmap(void *addr, size_t len, int prot, int flags, int fd, off_t offset)
{

	check("mmap", addr, len, CALLER);
	return ((void *)syscall(SYS_mmap, addr, len, prot, flags, fd, offset));
}

int
munmap(void *addr, size_t len)
{

	check("munmap", addr, len, CALLER);
	return ((int)syscall(SYS_munmap, addr, len));
}

int
mprotect(void *addr, size_t len, int prot)
{

	check("mprotect", addr, len, CALLER);
	return ((int)syscall(SYS_mprotect, addr, len, prot));
}

int
madvise(void *addr, size_t len, int advice)
{

	check("madvise", addr, len, CALLER);
	return ((int)syscall(SYS_madvise, addr, len, advice));
}

void *
mremap(void *old, size_t oldlen, size_t newlen, int flags, ...)
{
	void *new = NULL;
	va_list ap;

	if ((flags & MREMAP_FIXED) != 0) {
		va_start(ap, flags);
		new = va_arg(ap, void *);
		va_end(ap);
	}
	check("mremap", old, oldlen | newlen, CALLER);
	check("mremap", new, newlen, CALLER);
	return ((void *)syscall(SYS_mremap, old, oldlen, newlen, flags, new));
}

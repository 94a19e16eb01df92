/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What is mapped in this process, by address, as the kernel tells it.
 * Nothing is allocated, no lock is taken, errno stays; where the kernel
 * does not tell (no /proc) there is nothing.
 */
#ifndef BASALT_MAPS_H
#define	BASALT_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A line with the longest of paths. */
#define	OS_MAPS_BUFFER	((size_t)4352)
/* The most bytes of a build id; GNU ld's have 20. */
#define	OS_BUILD_ID_MAX	32

struct os_mapping {
	uintptr_t	 start, end;
	uint64_t	 offset;	/* bytes into the file */
	uint64_t	 inode;		/* 0: no file */
	const char	*path;		/* "": none; until the next one */
	/*
	 * Where the file's first byte is mapped, if that came before; 0:
	 * not, or it is another file's, or there is none.
	 */
	uintptr_t	 base;
	bool		 readable, executable;
};

struct os_maps {
	int		 fd;		/* a text, of which buf has the begin */
	int		 mem;		/* what is mapped; -1: not known */
	char		*buf;
	size_t		 size;
	size_t		 at, len;	/* what is not yet read out of buf */
	bool		 cut;		/* a line that did not fit goes on */
	uint64_t	 base_inode;
	uintptr_t	 base;
};

/*
 * buf is used until the end; OS_MAPS_BUFFER bytes are enough.  False: there
 * is nothing, and nothing to be ended.
 */
bool	_bas_os_maps_begin(struct os_maps *maps, char *buf, size_t size);
bool	_bas_os_maps_next(struct os_maps *maps, struct os_mapping *mapping);
void	_bas_os_maps_end(struct os_maps *maps);
/*
 * What is mapped at addr, which another thread may unmap meanwhile; false:
 * not all can be read.
 */
bool	_bas_os_maps_copy(const struct os_maps *maps, uintptr_t addr,
	    void *buf, size_t size);

/* Whether each page of a range may be read, now. */
bool	_bas_os_readable(uintptr_t addr, size_t size);

/* Where the program's own code begins to run; 0: not known. */
uintptr_t _bas_os_entry(void);

/*
 * The build id of the ELF file whose first byte is mapped at base; its
 * bytes, at most OS_BUILD_ID_MAX; 0: it has none.
 */
unsigned _bas_os_build_id(const struct os_maps *maps, uintptr_t base,
	    unsigned char *id);

#endif /* !BASALT_MAPS_H */

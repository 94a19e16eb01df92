/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Names of addresses, from the symbol table of an ELF file or, where it
 * was stripped, from what it exports.  Memory is mapped for it; errno
 * stays.
 */
#ifndef BASALT_ELF_SYMBOL_H
#define	BASALT_ELF_SYMBOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct elf_symbols {
	void		*memory;	/* what is mapped */
	size_t		 size;
	/* Functions by address, and the names. */
	struct elf_function *functions;
	size_t		 nfunctions;
	const char	*names;
	size_t		 names_size;
	/* Where the file's bytes are meant to be in memory. */
	struct elf_segment {
		uint64_t offset, size, address;
	} segments[8];
	unsigned	 nsegments;
};

/* false: no such file, none of ELF's, no names, or no memory. */
bool	_bas_elf_symbols_open(struct elf_symbols *symbols, const char *path);
/*
 * The name, as the table has it, of the function that the byte at offset of
 * the file is in, and at which offset it begins; NULL: not known.  What a
 * mapping shows at pc is at pc - start + offset of it.
 */
const char *_bas_elf_symbols_find(const struct elf_symbols *symbols,
	    uint64_t offset, uint64_t *start);
void	_bas_elf_symbols_close(struct elf_symbols *symbols);

#endif /* !BASALT_ELF_SYMBOL_H */

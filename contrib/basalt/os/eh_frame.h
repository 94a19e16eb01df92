/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * How a function is left at a place in it: from the tables that compilers
 * write for C++ exceptions and debuggers (.eh_frame: DWARF, as the LSB has
 * it), read in place.
 */
#ifndef BASALT_EH_FRAME_H
#define	BASALT_EH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "os/module.h"

/* Where the caller's value of a register is. */
enum eh_where {
	EH_SAME,		/* where it was */
	EH_OFFSET,		/* in memory, at the frame's address + offset */
	EH_VALUE,		/* it is the frame's address + offset */
	EH_AT,			/* in memory, where an expression says */
	EH_IS,			/* it is what an expression says */
	EH_UNDEFINED		/* lost; of the return address: no caller */
};

struct eh_place {
	enum eh_where	 where;
	int64_t		 offset;
	const uint8_t	*expression;	/* its length stands before it */
};

struct eh_rule {
	/* The frame's address: a register + offset, or EH_IS. */
	struct eh_place	 cfa;
	unsigned	 cfa_register;
	struct eh_place	 ra;		/* the return address */
	struct eh_place	 fp;		/* the frame pointer's register */
};

/* The rule at pc; false: the tables have none that is understood. */
bool	_bas_eh_frame_rule(const struct module *module, uintptr_t pc,
	    struct eh_rule *rule);

/* Bytes as they are read, up to an end; past it all are zeros. */
struct eh_bytes {
	const uint8_t	*p, *end;
	bool		 bad;
};

uint8_t	_bas_eh_u8(struct eh_bytes *bytes);
uint64_t _bas_eh_uleb(struct eh_bytes *bytes);
int64_t	_bas_eh_sleb(struct eh_bytes *bytes);
/* Of size bytes, 1 to 8; negative ones where sign. */
uint64_t _bas_eh_fixed(struct eh_bytes *bytes, unsigned size, bool sign);

#endif /* !BASALT_EH_FRAME_H */

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* Which superpages are backed by huge pages from their first touch on. */
#ifndef BASALT_HUGEFILL_H
#define	BASALT_HUGEFILL_H

#include <stdbool.h>

struct pages;

/*
 * Whether the next superpage of an arena should be.  It is when enough
 * are full already: a heap that grows fills the next one too, and one
 * huge fault is there in place of 512.  What this may overshoot by is one
 * superpage an arena, so it is bounded by the share set in hugefill.c.
 */
bool	_bas_hugefill_is_due(const struct pages *pages);

#endif /* !BASALT_HUGEFILL_H */

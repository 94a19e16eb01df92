/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Words that count who listens to a probe.  A tracer finds them by the
 * notes in probe.h; the section's name is what some tools look for.
 */
#include "os/probe.h"

extern const char _bas_probe_base;

#define	WORD	__attribute__((section(".probes"), visibility("hidden")))

/* Where the linker put this section: a tool compares it with the notes'. */
__attribute__((section(".stapsdt.base"), visibility("hidden"), used))
const char _bas_probe_base = 0;

WORD volatile uint16_t _bas_probe_alloc, _bas_probe_free;
WORD volatile uint16_t _bas_probe_refill, _bas_probe_flush;
WORD volatile uint16_t _bas_probe_slab_make, _bas_probe_slab_free;
WORD volatile uint16_t _bas_probe_page_map, _bas_probe_page_unmap;
WORD volatile uint16_t _bas_probe_page_purge;

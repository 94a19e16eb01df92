/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What was chosen when the library was built.  Everything here is a constant
 * that plain `if' can test: code under a switch that is off is still compiled,
 * so it cannot rot, and the compiler drops it.
 */
#ifndef BASALT_CONFIG_H
#define	BASALT_CONFIG_H

#include <stdbool.h>

/*
 * Programs parse the version as "<major>.<minor>.<bugfix>-<nrev>-g<id>",
 * so all five parts are always there.
 */
#define	BASALT_VERSION_MAJOR	0
#define	BASALT_VERSION_MINOR	1
#define	BASALT_VERSION_BUGFIX	0
#define	BASALT_VERSION_NREV	0
#define	BASALT_VERSION_GID	"0"
#define	BASALT_VERSION		"0.1.0-0-g0"

/* Options in force before any other source is read. */
#define	BASALT_CONF		""

/* What a user may link to; everything else is compiled hidden. */
#define	BASALT_PUBLIC		__attribute__((visibility("default")))

/*
 * -fvisibility=hidden governs definitions only.  Data declared in a header
 * says so itself, which saves the load from the offset table at each use.
 */
#define	BASALT_HIDDEN		__attribute__((visibility("hidden")))

/*
 * Small things that every process writes as it starts: together, with those
 * that have initial values, not each in a page between large tables.
 */
#define	BASALT_TOGETHER		__attribute__((section(".data")))

#ifdef BASALT_DEBUG
static const bool config_debug = true;
#else
static const bool config_debug = false;
#endif

/* Always in: they cost nothing where it matters. */
static const bool config_stats = true;
static const bool config_fill = true;
static const bool config_xmalloc = true;
static const bool config_opt_safety_checks = true;

/* Not in, or of no meaning here; named because config.* reports them. */
static const bool config_cache_oblivious = false;
static const bool config_lazy_lock = false;
static const bool config_prof = true;
static const bool config_prof_libgcc = false;
static const bool config_prof_libunwind = false;
static const bool config_prof_frameptr = true;
static const bool config_utrace = false;

#endif /* !BASALT_CONFIG_H */

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The huge pages that Linux offers, as /sys/kernel/mm/transparent_hugepage
 * has it:
 *
 *	enabled			always, madvise or never
 *	hpage_pmd_size		bytes of the largest: 2M with pages of 4K, 32M
 *				with 16K, 512M with 64K
 *	hugepages-<N>kB/enabled	of each size (since 6.8): always, madvise,
 *				never, or inherit: what the first file says
 *
 * A process is without them after prctl(PR_SET_THP_DISABLE), its own or
 * that of who started it; or (since 6.18) but for memory that it asks them
 * for, and then nothing is different for us.
 */
#include <string.h>

#include "os/os_linux.h"

/* What PR_GET_THP_DISABLE returns where advice gets none either. */
#define	DISABLED	1
#define	PATH_SIZE	256
#define	SUPERPAGE	((size_t)1 << MACH_HUGE_SHIFT)

/* dir/name, or dir/hugepages-<size>kB/enabled if there is a size. */
static bool
setting_read(const char *dir, const char *name, size_t size, char *text,
    size_t len)
{
	char path[PATH_SIZE], digits[20], *p = path;
	unsigned n = 0;

	if (strlen(dir) > PATH_SIZE - 64)
		return (false);
	p = stpcpy(p, dir);
	p = stpcpy(p, "/");
	if (size != 0) {
		p = stpcpy(p, "hugepages-");
		for (size >>= 10; size != 0; size /= 10)
			digits[n++] = (char)('0' + size % 10);
		while (n > 0)
			*p++ = digits[--n];
		p = stpcpy(p, "kB/");
	}
	(void)stpcpy(p, name);
	return (_bas_linux_text(path, text, len));
}

/* Whether text offers a word, which is one in brackets. */
static bool
is_set(const char *text, const char *word)
{
	const char *p = strchr(text, '[');
	size_t len = strlen(word);

	return (p != NULL && strncmp(p + 1, word, len) == 0 &&
	    p[1 + len] == ']');
}

static const char *
mode_of(const char *text)
{

	if (is_set(text, "always"))
		return ("always");
	if (is_set(text, "never"))
		return ("never");
	return ("madvise");
}

/* A size has no file of its own before 6.8; then there is but the one. */
static bool
is_offered(const char *dir, size_t size, bool enabled, bool largest)
{
	char text[128];

	if (!setting_read(dir, "enabled", size, text, sizeof(text)))
		return (largest && enabled);
	return (is_set(text, "always") || is_set(text, "madvise") ||
	    (is_set(text, "inherit") && enabled));
}

/*
 * From the largest down, and no further than the first that is at most a
 * superpage: smaller ones would not be used, and each costs a process's
 * start some microseconds.  Above a superpage only what the machine can
 * map as one.
 */
static uint64_t
sizes_read(const char *dir, size_t page, size_t largest, bool enabled)
{
	uint64_t sizes = 0;
	size_t size;

	for (size = largest; size > 2 * page; size /= 2) {
		if (size > SUPERPAGE && size != largest &&
		    (MACH_HUGE_SIZES & size) == 0)
			continue;
		if (!is_offered(dir, size, enabled, size == largest))
			continue;
		sizes |= size;
		if (size <= SUPERPAGE)
			break;
	}
	return (sizes);
}

void
_bas_linux_thp_read(struct os_info *info, const char *dir, int disabled)
{
	char text[128];
	const char *p = text;
	uint64_t largest;
	bool enabled;

	info->hugepage = 0;
	info->hugepages = 0;
	info->thp = false;
	info->thp_mode = "not supported";
	if (!setting_read(dir, "enabled", 0, text, sizeof(text)))
		return;
	info->thp_mode = mode_of(text);
	enabled = !is_set(text, "never");
	if (disabled == DISABLED)
		return;
	/* Before 4.9 the kernel does not say, and may have some. */
	info->thp = enabled;
	if (!setting_read(dir, "hpage_pmd_size", 0, text, sizeof(text)))
		return;
	largest = _bas_linux_number(&p);
	if (largest <= info->page || largest > (uint64_t)1 << 40 ||
	    (largest & (largest - 1)) != 0)
		return;
	info->hugepages = sizes_read(dir, info->page, (size_t)largest,
	    enabled);
	info->thp = info->hugepages != 0;
	if (info->thp)
		info->hugepage = (size_t)largest;
}

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What libc exported of its malloc to programs of long ago: they find it by
 * its version, and none can be linked to it any more.  Of any malloc that has
 * the functions that end in x.
 */
#include <sys/cdefs.h>

#include <stddef.h>

#include <malloc_np.h>

/* Flags: the alignment's logarithm and zeros, as of old; the arena is not. */
#define	ALLOCM_SAME		0x7f
#define	ALLOCM_NO_MOVE		0x80
#define	ALLOCM_ARENA_SHIFT	8

#define	ALLOCM_SUCCESS		0
#define	ALLOCM_ERR_OOM		1
#define	ALLOCM_ERR_NOT_MOVED	2

/* libc's own, whatever the program calls by the names without __. */
void	*__mallocx(size_t, int);
void	*__rallocx(void *, size_t, int);
size_t	__xallocx(void *, size_t, size_t, int);
size_t	__sallocx(const void *, int);
void	__dallocx(void *, int);
size_t	__nallocx(size_t, int);

int	__allocm_1_3(void **, size_t *, size_t, int);
int	__rallocm_1_3(void **, size_t *, size_t, size_t, int);
int	__sallocm_1_3(const void *, size_t *, int);
int	__dallocm_1_3(void *, int);
int	__nallocm_1_3(size_t *, size_t, int);

/* Options as letters, and who writes messages: programs set them in vain. */
extern const char *__malloc_options_1_0;
extern void (*_malloc_message)(const char *, const char *, const char *,
    const char *);

const char *__malloc_options_1_0;
void	(*_malloc_message)(const char *, const char *, const char *,
    const char *);

static int
flags_of(int flags)
{
	int arena = flags >> ALLOCM_ARENA_SHIFT;

	flags &= ALLOCM_SAME;
	return (arena > 0 ? flags | MALLOCX_ARENA(arena - 1) : flags);
}

int
__allocm_1_3(void **p, size_t *usable, size_t size, int flags)
{
	void *new;

	new = __mallocx(size, flags_of(flags));
	if (new == NULL)
		return (ALLOCM_ERR_OOM);
	*p = new;
	if (usable != NULL)
		*usable = __sallocx(new, 0);
	return (ALLOCM_SUCCESS);
}

int
__rallocm_1_3(void **p, size_t *usable, size_t size, size_t extra, int flags)
{
	size_t got, want;
	void *new;

	got = __xallocx(*p, size, extra, flags_of(flags));
	if (got < size && (flags & ALLOCM_NO_MOVE) == 0) {
		if (__builtin_add_overflow(size, extra, &want))
			want = size;
		new = __rallocx(*p, want, flags_of(flags));
		if (new == NULL)
			return (ALLOCM_ERR_OOM);
		*p = new;
		got = __sallocx(new, 0);
	}
	if (usable != NULL)
		*usable = got;
	return (got < size ? ALLOCM_ERR_NOT_MOVED : ALLOCM_SUCCESS);
}

int
__sallocm_1_3(const void *p, size_t *usable, int flags)
{

	(void)flags;
	*usable = __sallocx(p, 0);
	return (ALLOCM_SUCCESS);
}

int
__dallocm_1_3(void *p, int flags)
{

	__dallocx(p, flags_of(flags));
	return (ALLOCM_SUCCESS);
}

int
__nallocm_1_3(size_t *usable, size_t size, int flags)
{
	size_t got;

	got = __nallocx(size, flags_of(flags));
	if (got == 0)
		return (ALLOCM_ERR_OOM);
	if (usable != NULL)
		*usable = got;
	return (ALLOCM_SUCCESS);
}

__sym_compat(_malloc_options, __malloc_options_1_0, FBSD_1.0);
__sym_compat(allocm, __allocm_1_3, FBSD_1.3);
__sym_compat(rallocm, __rallocm_1_3, FBSD_1.3);
__sym_compat(sallocm, __sallocm_1_3, FBSD_1.3);
__sym_compat(dallocm, __dallocm_1_3, FBSD_1.3);
__sym_compat(nallocm, __nallocm_1_3, FBSD_1.3);
__sym_compat(__allocm, __allocm_1_3, FBSD_1.3);
__sym_compat(__rallocm, __rallocm_1_3, FBSD_1.3);
__sym_compat(__sallocm, __sallocm_1_3, FBSD_1.3);
__sym_compat(__dallocm, __dallocm_1_3, FBSD_1.3);
__sym_compat(__nallocm, __nallocm_1_3, FBSD_1.3);

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What the BSDs made of realloc. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/slow.h"
#include "malloc_np.h"
#include "util/report.h"

void *
_bas_reallocarray(void *p, size_t number, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(number, size, &bytes))
		return (_bas_alloc_fail("reallocarray"));
	return (_bas_realloc(p, bytes));
}
PUBLIC_NAME(reallocarray);

void *
_bas_reallocf(void *p, size_t size)
{
	void *new;

	new = _bas_realloc(p, size);
	/* realloc(p, 0) has freed it if it returned NULL. */
	if (new == NULL && p != NULL && size != 0)
		_bas_free(p);
	return (new);
}
PUBLIC_NAME(reallocf);

/* As OpenBSD has it: new members are zero, what is given up is cleared. */
void *
_bas_recallocarray(void *p, size_t oldnumber, size_t number, size_t size)
{
	size_t old, bytes;
	void *new;

	if (p == NULL)
		return (_bas_calloc(number, size));
	if (__builtin_mul_overflow(number, size, &bytes))
		return (_bas_alloc_fail("recallocarray"));
	if (__builtin_mul_overflow(oldnumber, size, &old)) {
		errno = EINVAL;
		return (NULL);
	}
	if (old > _bas_usable("recallocarray", p))
		_bas_report_misuse("recallocarray",
		    "object is smaller than its old size", p);
	new = _bas_calloc(number, size);
	if (new == NULL)
		return (NULL);
	memcpy(new, p, old < bytes ? old : bytes);
	explicit_bzero(p, old);
	_bas_free(p);
	return (new);
}
PUBLIC_NAME(recallocarray);

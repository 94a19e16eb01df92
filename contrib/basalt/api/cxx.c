/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * The operators new and delete of C++, by the names that the Itanium ABI
 * gives them, so that a C program loads no C++ runtime.  What a failed new
 * needs of that runtime is there if the program has brought it: the
 * references are weak.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#include "api/cxx_catch.h"
#include "api/slow.h"
#include "heap/sizeclass.h"
#include "thread/cache.h"
#include "util/bits.h"
#include "util/config.h"
#include "util/options.h"
#include "util/report.h"

typedef void (*new_handler)(void);

/* std::get_new_handler() and std::__throw_bad_alloc(). */
extern new_handler cxx_get_new_handler(void) __asm__("_ZSt15get_new_handlerv")
    __attribute__((weak));
extern void cxx_throw_bad_alloc(void) __asm__("_ZSt17__throw_bad_allocv")
    __attribute__((weak));

#define	OPERATOR(name)	__asm__(#name) BASALT_PUBLIC

void	*new_plain(size_t) OPERATOR(_Znwm);
void	*new_array(size_t) OPERATOR(_Znam);
void	*new_nothrow(size_t, const void *) OPERATOR(_ZnwmRKSt9nothrow_t);
void	*new_array_nothrow(size_t, const void *)
	    OPERATOR(_ZnamRKSt9nothrow_t);
void	*new_aligned(size_t, size_t) OPERATOR(_ZnwmSt11align_val_t);
void	*new_array_aligned(size_t, size_t) OPERATOR(_ZnamSt11align_val_t);
void	*new_aligned_nothrow(size_t, size_t, const void *)
	    OPERATOR(_ZnwmSt11align_val_tRKSt9nothrow_t);
void	*new_array_aligned_nothrow(size_t, size_t, const void *)
	    OPERATOR(_ZnamSt11align_val_tRKSt9nothrow_t);
void	 delete_plain(void *) OPERATOR(_ZdlPv);
void	 delete_array(void *) OPERATOR(_ZdaPv);
void	 delete_nothrow(void *, const void *)
	    OPERATOR(_ZdlPvRKSt9nothrow_t);
void	 delete_array_nothrow(void *, const void *)
	    OPERATOR(_ZdaPvRKSt9nothrow_t);
void	 delete_sized(void *, size_t) OPERATOR(_ZdlPvm);
void	 delete_array_sized(void *, size_t) OPERATOR(_ZdaPvm);
void	 delete_aligned(void *, size_t) OPERATOR(_ZdlPvSt11align_val_t);
void	 delete_array_aligned(void *, size_t)
	    OPERATOR(_ZdaPvSt11align_val_t);
void	 delete_aligned_nothrow(void *, size_t, const void *)
	    OPERATOR(_ZdlPvSt11align_val_tRKSt9nothrow_t);
void	 delete_array_aligned_nothrow(void *, size_t, const void *)
	    OPERATOR(_ZdaPvSt11align_val_tRKSt9nothrow_t);
void	 delete_sized_aligned(void *, size_t, size_t)
	    OPERATOR(_ZdlPvmSt11align_val_t);
void	 delete_array_sized_aligned(void *, size_t, size_t)
	    OPERATOR(_ZdaPvmSt11align_val_t);

static void *
alloc(size_t size, size_t align)
{

	if (align <= SC_QUANTUM && align <= (size | 8))
		return (size > SC_SIZE_MAX ? NULL : _bas_alloc_slow(size));
	return (size > SC_SIZE_MAX || !is_pow2(align) ? NULL :
	    _bas_alloc_aligned(align, size));
}

/*
 * Ask the program's new_handler for memory again and again, as C++ has
 * it; without one, or without a runtime to throw with, give up.
 */
static __attribute__((noinline)) void *
new_slow(size_t size, size_t align, bool nothrow)
{
	new_handler handler;
	void *p;

	while ((p = alloc(size, align)) == NULL) {
		if (_bas_options.infallible_new || _bas_options.xmalloc)
			_bas_report_fatal("operator new", "out of memory");
		handler = cxx_get_new_handler != NULL ?
		    cxx_get_new_handler() : NULL;
		if (handler != NULL) {
			if (!nothrow)
				handler();
			else if (!_bas_cxx_call(handler))
				return (NULL);
			continue;
		}
		if (nothrow)
			return (NULL);
		if (cxx_throw_bad_alloc == NULL)
			_bas_report_fatal("operator new",
			    "out of memory, and no C++ runtime to throw");
		cxx_throw_bad_alloc();
	}
	return (p);
}

static inline void *
new_fast(size_t size, bool nothrow)
{
	void *p;

	p = cache_take(self()->cache, sizeclass_small(size));
	if (likely(p != NULL))
		return (p);
	return (new_slow(size, 1, nothrow));
}

static inline void *
new_aligned_fast(size_t size, size_t align, bool nothrow)
{
	void *p;

	if (likely((align & (align - 1)) == 0 &&
	    sizeclass_is_tiny(align, size))) {
		p = cache_take(self()->cache,
		    sizeclass_tiny_aligned(align, size));
		if (likely(p != NULL))
			return (p);
	}
	return (new_slow(size, align, nothrow));
}

void *
new_plain(size_t size)
{

	return (new_fast(size, false));
}

void *
new_array(size_t size)
{

	return (new_fast(size, false));
}

void *
new_nothrow(size_t size, const void *tag)
{

	(void)tag;
	return (new_fast(size, true));
}

void *
new_array_nothrow(size_t size, const void *tag)
{

	(void)tag;
	return (new_fast(size, true));
}

void *
new_aligned(size_t size, size_t align)
{

	return (new_aligned_fast(size, align, false));
}

void *
new_array_aligned(size_t size, size_t align)
{

	return (new_aligned_fast(size, align, false));
}

void *
new_aligned_nothrow(size_t size, size_t align, const void *tag)
{

	(void)tag;
	return (new_aligned_fast(size, align, true));
}

void *
new_array_aligned_nothrow(size_t size, size_t align, const void *tag)
{

	(void)tag;
	return (new_aligned_fast(size, align, true));
}

void
delete_plain(void *p)
{

	_bas_free(p);
}

void
delete_array(void *p)
{

	_bas_free(p);
}

void
delete_nothrow(void *p, const void *tag)
{

	(void)tag;
	_bas_free(p);
}

void
delete_array_nothrow(void *p, const void *tag)
{

	(void)tag;
	_bas_free(p);
}

void
delete_sized(void *p, size_t size)
{

	(void)size;
	_bas_free(p);
}

void
delete_array_sized(void *p, size_t size)
{

	(void)size;
	_bas_free(p);
}

void
delete_aligned(void *p, size_t align)
{

	(void)align;
	_bas_free(p);
}

void
delete_array_aligned(void *p, size_t align)
{

	(void)align;
	_bas_free(p);
}

void
delete_aligned_nothrow(void *p, size_t align, const void *tag)
{

	(void)align;
	(void)tag;
	_bas_free(p);
}

void
delete_array_aligned_nothrow(void *p, size_t align, const void *tag)
{

	(void)align;
	(void)tag;
	_bas_free(p);
}

void
delete_sized_aligned(void *p, size_t size, size_t align)
{

	(void)size;
	(void)align;
	_bas_free(p);
}

void
delete_array_sized_aligned(void *p, size_t size, size_t align)
{

	(void)size;
	(void)align;
	_bas_free(p);
}

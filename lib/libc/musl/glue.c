/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/* What basalt and musl ask of each other. */
#include <stddef.h>
#include <sys/mman.h>

#include "pthread_impl.h"
#include "dynlink.h"
#include "fork_impl.h"

#include "api/fork.h"
#include "os/os.h"
#include "os/self.h"

_Static_assert(sizeof(struct self) ==
    sizeof(((struct pthread *)0)->malloc_self), "a thread has room for it");
_Static_assert((ptrdiff_t)offsetof(struct pthread, malloc_self) -
    (ptrdiff_t)TP_ADJ(0) == SELF_OFFSET, "it is where it is found");

/* In a static program: there if it has threads, __try_ptc if it forks. */
extern weak __typeof__(__pthread_create) __pthread_create;
extern weak __typeof__(__release_ptc) __release_ptc;

static void (*thread_end)(void *);
/* The thread that holds our locks while it forks. */
static pthread_t forking;

int
_bas_os_thread_init(void (*f)(void *))
{

	thread_end = f;
	return (0);
}

int
_bas_os_thread_mark(void *arg)
{

	__pthread_self()->malloc_mark = arg;
	return (0);
}

/* The last thing that a thread does while it may still allocate. */
void
__malloc_thread_end(void)
{
	void *mark = __pthread_self()->malloc_mark;

	__pthread_self()->malloc_mark = NULL;
	if (mark != NULL)
		thread_end(mark);
}

/*
 * Signals are blocked before the thread is there: its stack is small.  Who
 * forks may want a lock of the caller's, and dlopen allocates: not waited for.
 */
int
_bas_os_thread_start(void *(*f)(void *), void *arg)
{
	pthread_attr_t attr = { ._a_stacksize = OS_THREAD_STACK,
	    ._a_detach = PTHREAD_CREATE_DETACHED };
	int saved = errno, error;
	pthread_t thread;
	sigset_t set;

	if (__pthread_create == NULL)
		return (EAGAIN);
	__block_app_sigs(&set);
	error = __try_ptc == NULL ? 0 : __try_ptc();
	if (error == 0) {
		error = __pthread_create(&thread, &attr, f, arg);
		__release_ptc();
	}
	__restore_sigs(&set);
	errno = saved;
	return (error);
}

int
_bas_os_fork_init(void (*f)(void))
{

	(void)f;
	return (0);
}

/*
 * fork calls this with -1, and then with 0 in the parent and 1 in the
 * child, if there are threads; before that _Fork, which fork uses, has
 * called it with 2 in the child.  Who calls _Fork himself has held nothing.
 */
void
__malloc_atfork(int who)
{

	if (who < 0) {
		_bas_fork_prepare();
		forking = __pthread_self();
	} else if (who == 0) {
		forking = NULL;
		_bas_fork_parent();
	} else if (who == 1) {
		forking = NULL;
		_bas_fork_child();
	} else if (forking != __pthread_self() && libc.need_locks > 0) {
		forking = NULL;
		_bas_fork_mend();
	}
}

/*
 * The dynamic linker allocates before it has relocated the program, so
 * before the program's malloc_conf can be read.  That is never freed; it
 * comes from the ends of pages that libraries do not use, then from new ones.
 */
static char *early, *early_end;

void
__malloc_donate(char *start, char *end)
{

	start += -(uintptr_t)start & 15;
	if (end - start > early_end - early) {
		early = start;
		early_end = end;
	}
}

/* Zeros. */
void *
__malloc_early(size_t size)
{
	char *p;

	if (size > PTRDIFF_MAX)
		return (NULL);
	size = (size + 15) & -16;
	if ((ptrdiff_t)size > early_end - early) {
		p = __mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON, -1, 0);
		if (p == MAP_FAILED)
			return (NULL);
		__malloc_donate(p, p + ((size + PAGE_SIZE - 1) & -PAGE_SIZE));
	}
	p = early;
	early += size;
	return (memset(p, 0, size));
}

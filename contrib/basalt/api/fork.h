/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * fork in a threaded process; see share/doc/basalt/fork.md.
 *
 * A C library that has basalt in its tree calls the first three around
 * its fork, and holds what else it locks when it calls the first.  It may
 * leave all of them out where there is one thread, and in the child of a
 * fork that may not allocate.
 */
#ifndef BASALT_FORK_H
#define	BASALT_FORK_H

/*
 * Lock everything, when no thread is in the middle of anything.  Another
 * thread that forks waits.  The caller has no lock of ours (it is not in a
 * handler that interrupted an allocation), and neither allocates nor frees
 * until it calls one of the next two.  Not in a hook of an arena, if
 * another thread may fork too.
 */
void	_bas_fork_prepare(void);
/* In the parent, whether there is a child or not: the others go on. */
void	_bas_fork_parent(void);
/* In the child: caches of the threads that it has not are given back. */
void	_bas_fork_child(void);

/*
 * In a child that was made without these: what other threads were changing
 * is set aside.
 */
void	_bas_fork_mend(void);
/* From now on children are mended, if the OS layer has a way to say so. */
void	_bas_fork_init(void);

#endif /* !BASALT_FORK_H */

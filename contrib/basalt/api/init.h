/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASALT_INIT_H
#define	BASALT_INIT_H

/*
 * Make the library ready: at its constructor or at the first slow path,
 * whichever comes first.  Any thread, any number of times.
 */
void	_bas_init(void);
/* Nothing, at a known place. */
void	_bas_front_end(void);
/*
 * The constructor and the destructor: ready before the program's own start,
 * and what is to be done at the very end of the process.  In a static program
 * they are the first and the last: 101 is the least that programs may have.
 */
void	_bas_begin(void) __attribute__((constructor(101)));
void	_bas_end(void) __attribute__((destructor(101)));
/* For fork. */
struct lock;
struct lock *_bas_init_lock(void);

#endif /* !BASALT_INIT_H */

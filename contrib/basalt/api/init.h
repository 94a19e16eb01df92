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
/*
 * The constructor and the destructor: ready before the program's own start,
 * and what is to be done at the very end of the process.
 */
void	_bas_begin(void);
void	_bas_end(void);
/* For fork. */
struct lock;
struct lock *_bas_init_lock(void);

#endif /* !BASALT_INIT_H */

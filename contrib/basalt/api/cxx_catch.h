/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef BASALT_CXX_CATCH_H
#define	BASALT_CXX_CATCH_H

#ifdef __cplusplus
extern "C"
#else
#include <stdbool.h>
#endif
/* Call a handler; false: it threw, and the exception is gone. */
bool	_bas_cxx_call(void (*handler)(void));

#endif /* !BASALT_CXX_CATCH_H */

/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#include <errno.h>
#include <stddef.h>

#include "api/attend.h"
#include "thread/event.h"
#include "util/options.h"
#include "watch/stats_print.h"

void
_bas_attend(void)
{
	struct cache *cache;
	unsigned what;
	int error = errno;

	cache = _bas_event_enter(&what);
	if (cache == NULL)
		return;
	if ((what & EVENT_REPORT) != 0)
		_bas_stats_print(NULL, NULL,
		    _bas_options.stats_interval_opts);
	if ((what & EVENT_LOOK) != 0)
		_bas_event_call(cache);
	_bas_event_leave(cache);
	errno = error;
}

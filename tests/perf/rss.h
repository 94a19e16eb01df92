/*
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef _PERF_RSS_H_
#define	_PERF_RSS_H_

long	rss_kib(void);
long	rss_peak_kib(void);
void	rss_pause_ms(long ms);

#endif /* !_PERF_RSS_H_ */

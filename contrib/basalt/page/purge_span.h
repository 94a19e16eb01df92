/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * What purge.c and purge_span.c share.
 */
#ifndef BASALT_PURGE_SPAN_H
#define	BASALT_PURGE_SPAN_H

#include "os/os.h"
#include "page/purge.h"

/* What one round does to pages of one state. */
struct purge {
	struct pages	*pages;
	bool		muzzy;	/* from muzzy, not from dirty */
	bool		lazy;	/* to muzzy, not to clean */
	uint64_t	until;	/* by the exact clock; UINT64_MAX: any time */
	struct purge_stats *stats;
};

static inline bool
purge_is_over(const struct purge *purge)
{

	return (purge->until != UINT64_MAX &&
	    _bas_os_clock_exact() >= purge->until);
}

struct purge _bas_purge_of(struct pages *pages, bool muzzy, uint64_t until);
/* On the lists and in the counts, or out of them.  Lock held. */
void	_bas_purge_span_count(struct pages *pages, struct huge *span,
	    bool in);
/*
 * Each free span once, oldest first, or fewer if npages are gone or time is
 * up; how many went.  Lock held, and dropped meanwhile.
 */
size_t	_bas_purge_some_spans(const struct purge *purge, size_t npages);
/* What _bas_purge_spans left; true: time was up.  Lock as above. */
bool	_bas_purge_debt(const struct purge *purge);

#endif /* !BASALT_PURGE_SPAN_H */

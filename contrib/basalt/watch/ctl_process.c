/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * Control names about the process and the library as a whole.
 */
#include <errno.h>
#include <stdatomic.h>

#include "thread/background.h"
#include "util/config.h"
#include "util/options.h"
#include "watch/ctl_handler.h"
#include "watch/snapshot.h"

int
_bas_ctl_version_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->str = BASALT_VERSION;
	return (0);
}

int
_bas_ctl_epoch_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->u64 = _bas_snapshot_epoch();
	return (0);
}

/* Whatever is written: that it is written counts. */
int
_bas_ctl_epoch_set(const struct ctl_call *call, const union ctl_value *value)
{

	(void)call;
	(void)value;
	(void)_bas_snapshot_refresh();
	return (0);
}

int
_bas_ctl_background_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->b = _bas_background_is_on();
	return (0);
}

int
_bas_ctl_background_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (_bas_background_set(value->b));
}

int
_bas_ctl_background_max_get(const struct ctl_call *call,
    union ctl_value *value)
{

	(void)call;
	value->z = _bas_background_max();
	return (0);
}

int
_bas_ctl_background_max_set(const struct ctl_call *call,
    const union ctl_value *value)
{

	(void)call;
	return (_bas_background_set_max(value->z));
}

int
_bas_ctl_bool_get(const struct ctl_call *call, union ctl_value *value)
{

	value->b = call->node->offset != 0;
	return (0);
}

int
_bas_ctl_size_get(const struct ctl_call *call, union ctl_value *value)
{

	value->z = call->node->offset;
	return (0);
}

int
_bas_ctl_unsigned_get(const struct ctl_call *call, union ctl_value *value)
{

	value->u = (unsigned)call->node->offset;
	return (0);
}

int
_bas_ctl_conf_get(const struct ctl_call *call, union ctl_value *value)
{

	(void)call;
	value->str = BASALT_CONF;
	return (0);
}

int
_bas_ctl_source_get(const struct ctl_call *call, union ctl_value *value)
{

	value->str = _bas_conf_sources[call->node->offset];
	return (value->str == NULL ? ENOENT : 0);
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# redis-server, which frees in threads of its own, and forks to save while
# clients write.  The clients are the host's.

. "$BASALT_SRCTOP/tests/system/lib.sh"
. "$BASALT_SRCTOP/tests/include/redis.sh"

start()
{
	# For the server alone: the clients may be on another such malloc.
	server_run env MALLOC_CONF=stats_print:true \
	    "$system/basalt-$link/redis-server"
}

load()
{
	link=$1
	need redis
	for p in redis-cli redis-benchmark; do
		command -v $p >/dev/null || atf_skip "$p is not installed"
	done
	server_load -P 4
	grep -q 'opt.stats_print: true' report ||
	    atf_fail "the server is not on basalt"
}
both load "Load, saves and rewrites during it, and a restart" server_kill

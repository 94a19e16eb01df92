# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# redis-server, which frees in threads of its own, and forks to save while
# clients write.  The clients are the host's.

. "$BASALT_SRCTOP/tests/system/lib.sh"

cli()
{
	redis-cli -s "$PWD/redis.sock" "$@"
}

# until_true COMMAND...: repeats it for at most a minute.
until_true()
{
	for _ in $(seq 600); do
		"$@" && return
		sleep 0.1
	done
	tail -n 5 redis.log
	stop_now
	atf_fail "still not so after a minute: $*"
}

answers()
{
	cli ping 2>/dev/null | grep -q PONG
}

saved()
{
	cli info persistence | grep -q 'rdb_bgsave_in_progress:0' &&
	    cli info persistence | grep -q 'aof_rewrite_in_progress:0'
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

start()
{
	# For the server alone: the clients may be on another such malloc.
	env MALLOC_CONF=stats_print:true \
	    "$system/basalt-$1/redis-server" --port 0 --save "" --dir "$PWD" \
	    --unixsocket "$PWD/redis.sock" --logfile redis.log \
	    --enable-debug-command local --lazyfree-lazy-user-del yes \
	    >report 2>&1 &
	server=$!
	echo $server >server.pid
	until_true answers
}

stop_now()
{
	[ ! -f server.pid ] || kill -9 "$(cat server.pid)" 2>/dev/null
	true
}

stop()
{
	cli shutdown nosave
	wait "$server" || atf_fail "the server ended badly"
	rm server.pid
}

load()
{
	need redis
	for p in redis-cli redis-benchmark; do
		command -v $p >/dev/null || atf_skip "$p is not installed"
	done
	# The path of a socket may not be long.
	[ "${#PWD}" -lt 90 ] || atf_skip "the path is too long for a socket"
	start "$1"
	redis-benchmark -s "$PWD/redis.sock" -q -n 30000 -r 20000 -d 300 \
	    -P 4 -t set,get,incr,lpush,rpop,sadd,hset,zadd,mset \
	    >bench.out 2>&1 &
	bench=$!
	for _ in 1 2 3; do
		until_true saved
		cli bgsave >/dev/null
		cli bgrewriteaof >/dev/null
	done
	wait $bench || atf_fail "the benchmark failed"
	until_true saved
	cli info persistence | grep -q 'rdb_last_bgsave_status:ok' ||
	    atf_fail "a save in a child failed"
	cli eval 'for i = 1, 50000 do redis.call("set", "key:" .. i,
	    string.rep("x", i % 400)) end' 0 >/dev/null
	atf_check -o inline:"OK\n" redis-cli -s "$PWD/redis.sock" save
	before=$(cli debug digest 2>&1; cli dbsize)
	stop
	grep -q 'opt.stats_print: true' report ||
	    atf_fail "the server is not on basalt"
	# What was saved is what a new server reads.
	start "$1"
	[ "$before" = "$(cli debug digest 2>&1; cli dbsize)" ] ||
		atf_fail "the data changed: $before"
	atf_check -o inline:"OK\n" redis-cli -s "$PWD/redis.sock" flushall
	atf_check -o inline:"0\n" redis-cli -s "$PWD/redis.sock" dbsize
	stop
	if grep -E 'crashed|<basalt>' redis.log; then
		atf_fail "see the log above"
	fi
}
both load "Load, saves and rewrites during it, and a restart" stop_now

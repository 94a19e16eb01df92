# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# redis-server, which forks to save while clients write.

lib=${BASALT_LIBDIR}/libbasalt.so.1

# cli arguments...: asks the server of this case.
cli()
{
	redis-cli -s "$PWD/redis.sock" "$@"
}

# until_true command...: repeats it for at most a minute.
until_true()
{
	for i in $(seq 600); do
		"$@" && return
		sleep 0.1
	done
	tail -n 5 redis.log
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

# start: a server on a socket of its own; its pid is left in redis.pid.
start()
{
	env LD_PRELOAD="$lib" redis-server --port 0 \
	    --unixsocket "$PWD/redis.sock" --dir "$PWD" --save "" \
	    --pidfile "$PWD/redis.pid" --logfile redis.log --daemonize no \
	    --lazyfree-lazy-user-del yes >/dev/null 2>&1 &
	echo $! >server.pid
	until_true answers
	grep -q libbasalt "/proc/$(cat server.pid)/maps" ||
	    atf_fail "the server does not run on basalt"
}

stop()
{
	cli shutdown nosave
	until_true gone "$(cat server.pid)"
}

atf_test_case load cleanup
load_head()
{
	atf_set descr "Load, a save and a rewrite during it, and a restart"
	atf_set require.progs "redis-server redis-benchmark redis-cli"
}
load_body()
{
	# The path of a socket may not be long.
	[ "${#PWD}" -lt 90 ] || atf_skip "the path is too long for a socket"
	start
	redis-benchmark -s "$PWD/redis.sock" -q -n 30000 -r 20000 -d 300 \
	    -t set,get,incr,lpush,rpop,sadd,hset,zadd,mset >bench.out 2>&1 &
	bench=$!
	for i in 1 2 3; do
		until_true saved
		cli bgsave >/dev/null
		cli bgrewriteaof >/dev/null
	done
	wait $bench || atf_fail "the benchmark failed"
	tail -n 1 bench.out
	until_true saved
	atf_check -o match:"rdb_last_bgsave_status:ok" \
	    redis-cli -s "$PWD/redis.sock" info persistence
	# What was saved is what a new server reads.
	atf_check -o inline:"OK\n" redis-cli -s "$PWD/redis.sock" save
	before=$(cli debug digest 2>/dev/null; cli dbsize)
	stop
	start
	[ "$before" = "$(cli debug digest 2>/dev/null; cli dbsize)" ] ||
	    atf_fail "the data changed: $before"
	atf_check -o inline:"OK\n" redis-cli -s "$PWD/redis.sock" flushall
	atf_check -o inline:"0\n" redis-cli -s "$PWD/redis.sock" dbsize
	stop
	if grep -E 'crashed|<basalt>' redis.log; then
		atf_fail "see the log above"
	fi
}
load_cleanup()
{
	if [ -f server.pid ]; then
		kill -9 "$(cat server.pid)" 2>/dev/null
	fi
	true
}

atf_init_test_cases()
{
	atf_add_test_case load
}

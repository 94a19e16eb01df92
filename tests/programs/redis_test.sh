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

server_kill()
{
	if [ -f server.pid ]; then
		kill -9 "$(cat server.pid)" 2>/dev/null
	fi
	true
}

gone()
{
	! kill -0 "$1" 2>/dev/null
}

# start: a server on a socket of its own; its pid is left in redis.pid.
start()
{
	need_foreign
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

# info NAME: a number of INFO memory.
info()
{
	cli info memory | tr -d '\r' | sed -n "s/^$1://p"
}

# The server asks its allocator a few times a second: have the figures
# reached so much, or come down to it?
allocated_above()
{
	[ "$(info allocator_allocated)" -gt "$1" ]
}

resident_below()
{
	[ "$(info allocator_resident)" -lt "$1" ]
}

# What a reader of the figures may rely on.
figures_check()
{
	cli info memory | tr -d '\r' >figures
	awk -F: '
	{ v[$1] = $2 }
	END {
		if (v["used_memory"] <= 0 || v["allocator_allocated"] <= 0)
			print "nothing is allocated"
		if (v["allocator_allocated"] > v["allocator_active"])
			print "more is allocated than active"
		if (v["allocator_active"] > v["allocator_resident"])
			print "more is active than resident"
		if (v["allocator_frag_ratio"] < 1 ||
		    v["allocator_rss_ratio"] < 1 ||
		    v["allocator_frag_bytes"] < 0 ||
		    v["allocator_rss_bytes"] < 0)
			print "a ratio is less than one"
	}' figures >wrong
	if [ -s wrong ]; then
		grep allocator figures
		cat wrong
		atf_fail "the figures do not match: $1"
	fi
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
	server_kill
}

atf_test_case memory cleanup
memory_head()
{
	atf_set descr "The figures and commands about memory"
	atf_set require.progs "redis-server redis-cli"
}
memory_body()
{
	[ "${#PWD}" -lt 90 ] || atf_skip "the path is too long for a socket"
	start
	# One that was built for another malloc does not ask.
	info mem_allocator | grep -q jemalloc ||
	    atf_skip "this server asks its allocator nothing"
	until_true allocated_above 0
	figures_check "when it is empty"
	before=$(info allocator_allocated)
	cli eval 'for i = 1, 100000 do
	    redis.call("set", "key:" .. i, string.rep("x", i % 400)) end' \
	    0 >/dev/null
	until_true allocated_above $((before + 100000 * 200))
	figures_check "when it is full"
	full=$(info allocator_resident)
	# What the server counts itself is what we say that it has.
	used=$(info used_memory)
	allocated=$(info allocator_allocated)
	[ "$allocated" -gt $((used - used / 20)) ] &&
	    [ "$allocated" -lt $((used + used / 10)) ] ||
	    atf_fail "it counts $used bytes, we $allocated"
	cli flushall >/dev/null
	atf_check -o inline:"OK\n" redis-cli -s "$PWD/redis.sock" \
	    memory purge
	until_true resident_below $((full / 2))
	figures_check "after a purge"
	atf_check -o match:"^allocator.allocated" \
	    -o match:"^allocator-fragmentation.ratio" \
	    redis-cli -s "$PWD/redis.sock" memory stats
	atf_check -o match:"Begin jemalloc statistics" \
	    -o match:"^Allocated: [1-9]" -o match:"^arenas.0.:" \
	    -o match:"End jemalloc statistics" \
	    redis-cli -s "$PWD/redis.sock" memory malloc-stats
	stop
}
memory_cleanup()
{
	server_kill
}

atf_init_test_cases()
{
	atf_add_test_case load
	atf_add_test_case memory
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# redis-server, which forks to save while clients write.

. "$BASALT_SRCTOP/tests/include/redis.sh"

start()
{
	need_foreign
	server_run env LD_PRELOAD="$BASALT_LIBDIR/libbasalt.so.1" redis-server
	grep -q libbasalt "/proc/$server/maps" ||
	    atf_fail "the server does not run on basalt"
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
	server_load
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
	server_stop
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

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What the tests with redis-server share; each reads it in, and defines
#
# start		server_run with what runs the server on basalt
#
# A case that calls start has server_kill as its cleanup.

# cli ARGUMENT...: asks the server of this case.
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
	server_kill
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

# server_run COMMAND...: a server on a socket of its own, once it answers.  What
# it prints is in `report', its process in $server.
server_run()
{
	# The path of a socket may not be long.
	[ "${#PWD}" -lt 90 ] || atf_skip "the path is too long for a socket"
	"$@" --port 0 --save "" --dir "$PWD" --unixsocket "$PWD/redis.sock" \
	    --logfile redis.log --enable-debug-command local \
	    --lazyfree-lazy-user-del yes >report 2>&1 &
	server=$!
	echo $server >server.pid
	until_true answers
}

server_kill()
{
	[ ! -f server.pid ] || kill -9 "$(cat server.pid)" 2>/dev/null
	true
}

server_stop()
{
	cli shutdown nosave
	wait "$server" || atf_fail "the server ended badly"
	rm server.pid
}

data()
{
	cli debug digest 2>&1
	cli dbsize
}

# server_load OPTION...: clients write, redis-benchmark with these options, while
# children save and rewrite; a new server reads what was saved.
server_load()
{
	start
	redis-benchmark -s "$PWD/redis.sock" -q -n 30000 -r 20000 -d 300 "$@" \
	    -t set,get,incr,lpush,rpop,sadd,hset,zadd,mset >bench.out 2>&1 &
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
	before=$(data)
	server_stop
	start
	[ "$before" = "$(data)" ] || atf_fail "the data changed: $before"
	atf_check -o inline:"OK\n" redis-cli -s "$PWD/redis.sock" flushall
	atf_check -o inline:"0\n" redis-cli -s "$PWD/redis.sock" dbsize
	server_stop
	if grep -E 'crashed|<basalt>' redis.log; then
		atf_fail "see the log above"
	fi
}

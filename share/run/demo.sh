#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# demo.sh LIBBASALT BINDIR: redis-server and a threaded program of ours, each
# on the malloc it comes with and on basalt, by turns; medians of the rounds.
#
# After its work each process is left alone for PAUSE seconds, the time after
# which a malloc should have given back what it no longer needs, and its
# resident memory is read.  The next process works meanwhile: one that idles
# takes no time from it.

set -eu

lib=$1
bin=$2
rounds=${ROUNDS:-3}
pause=${PAUSE:-12}

tmp=$(mktemp -d)
pids=
cleanup() {
	trap - EXIT
	# The words are process ids.
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill $pids 2>/dev/null || :
	wait
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

step=0
steps=$((rounds * 4 + 1))
progress() {
	step=$((step + 1))
	if [ -t 2 ]; then
		printf '\r\033[K[%d/%d] %s' "$step" "$steps" "$1" >&2
	else
		printf '[%d/%d] %s\n' "$step" "$steps" "$1" >&2
	fi
}

fail() {
	printf '\ndemo: %s\n' "$1" >&2
	if [ -f "${2-}" ]; then
		cat "$2" >&2
	fi
	exit 1
}

now() {
	date +%s.%N
}

# status_bytes PID KEY
status_bytes() {
	awk -v key="$2:" '$1 == key { print $2 * 1024 }' "/proc/$1/status"
}

# The load on redis: values that come, grow, and give way to other kinds.
load() {
	for args in '-t set -d 40' '-t set -d 300' '-t lpush,hset,zadd -d 100' \
	    '-t set -d 90'; do
		# shellcheck disable=SC2086
		redis-benchmark -s "$1" -q -P 16 -c 20 -n 300000 -r 300000 \
		    $args >/dev/null || return 1
	done
}

# redis ROUND NAME PRELOAD
redis() {
	id=redis.$2.$1
	sock=$tmp/$id.sock
	progress "redis-server on $2, round $1"
	LD_PRELOAD=$3 redis-server --port 0 --unixsocket "$sock" \
	    --save '' --appendonly no --dir "$tmp" \
	    --logfile "$tmp/$id.log" >"$tmp/$id.out" 2>&1 &
	server=$!
	pids="$pids $server"
	tries=0
	until redis-cli -s "$sock" ping >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -gt 100 ]; then
			fail "redis-server does not start on $2" "$tmp/$id.out"
		fi
		sleep 0.1
	done
	start=$(now)
	load "$sock" || fail "redis-server fails on $2" "$tmp/$id.log"
	end=$(now)
	{
		awk -v a="$start" -v b="$end" 'BEGIN { print "time", b - a }'
		echo "peak $(status_bytes "$server" VmHWM)"
	} >"$tmp/$id"
	redis-cli -s "$sock" flushall >/dev/null
	{
		sleep "$pause"
		echo "after $(status_bytes "$server" VmRSS)" >>"$tmp/$id"
		kill "$server"
	} &
	pids="$pids $!"
}

# mill ROUND NAME PRELOAD
mill() {
	id=mill.$2.$1
	progress "mill (4 threads) on $2, round $1"
	: >"$tmp/$id"
	LD_PRELOAD=$3 "$bin/mill" -n 200000 -w "$pause" >"$tmp/$id" \
	    2>"$tmp/$id.err" &
	worker=$!
	pids="$pids $worker"
	until grep -q time "$tmp/$id"; do
		kill -0 "$worker" 2>/dev/null ||
		    fail "mill fails on $2" "$tmp/$id.err"
		sleep 0.1
	done
}

# median WHAT PROGRAM NAME
median() {
	cat "$tmp/$2.$3".[0-9] | tr ' ' '\n' |
	    awk -v key="$1" 'on { print; on = 0 } $1 == key { on = 1 }' |
	    sort -n | awk '{ v[NR] = $1 }
	    END { if (NR == 0) exit 1; print v[int((NR + 1) / 2)] }'
}

# row LABEL WHAT PROGRAM OTHER DIVISOR
row() {
	a=$(median "$2" "$3" "$4") && b=$(median "$2" "$3" basalt) ||
	    fail "$3 left no figures"
	awk -v label="$1" -v a="$a" -v b="$b" -v d="$5" 'BEGIN {
		printf "  %-34s %10.2f %10.2f %8.2f\n", label, a / d, b / d, \
		    (a > 0 ? b / a : 0)
	}'
}

table() {
	printf '%-36s %10s %10s %8s\n' "$1" "$3" basalt ratio
	row "time, seconds" time "$2" "$3" 1
	row "peak resident, MiB" peak "$2" "$3" 1048576
	row "resident after the load, MiB" after "$2" "$3" 1048576
}

case $(ldd "$(command -v redis-server)") in
*jemalloc*) redis_malloc=jemalloc ;;
*) redis_malloc=own ;;
esac

round=1
while [ "$round" -le "$rounds" ]; do
	redis "$round" "$redis_malloc" ""
	redis "$round" basalt "$lib"
	mill "$round" glibc ""
	mill "$round" basalt "$lib"
	round=$((round + 1))
done
progress "the last ones come to rest"
wait
pids=
[ ! -t 2 ] || printf '\r\033[K' >&2

echo
echo "Medians of $rounds rounds by turns; a ratio below 1 speaks for basalt."
echo "After the load: ${pause} s after everything was freed."
echo
table "redis-server under redis-benchmark" redis "$redis_malloc"
echo
table "mill, 4 threads that pass orders on" mill glibc

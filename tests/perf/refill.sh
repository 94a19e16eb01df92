#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# refill.sh [-a NAMES] [-x NAME=LIBRARY] LIBBASALT
#
# How much of a redis server's memory is holes when its values have become
# larger: programs/refill.py, with small and with medium values, on basalt,
# the C library's malloc and those of its peers that are installed.  The last
# three columns are resident over used when it is full, when 70 % are
# deleted, and when it is full again.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
names=basalt,glibc,jemalloc,mimalloc,tcmalloc
extra=
while getopts a:x: flag; do
	case $flag in
	a) names=$OPTARG ;;
	x) extra="$extra $OPTARG"; names=$names,${OPTARG%%=*} ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
basalt=$1
for need in redis-server redis-cli python3; do
	command -v "$need" >/dev/null || { echo "no $need here"; exit 0; }
done

. "$here/peers.sh"

# run LIBRARY ARGUMENTS...: of refill.py, on a server of its own.
run() {
	sock=$tmp/redis.sock
	LD_PRELOAD=$1 redis-server --port 0 --unixsocket "$sock" --save '' \
	    --appendonly no --dir "$tmp" >"$tmp/redis.log" 2>&1 &
	server=$!
	until redis-cli -s "$sock" ping >/dev/null 2>&1; do
		kill -0 "$server" || { cat "$tmp/redis.log" >&2; return 1; }
		sleep 0.1
	done
	[ -z "$1" ] || grep -q "$(readlink -f "$1")" "/proc/$server/maps" ||
	    { echo "$1 did not take effect" >&2; return 1; }
	shift
	python3 "$here/programs/refill.py" "$sock" "$server" "$@"
	redis-cli -s "$sock" shutdown nosave >/dev/null 2>&1 || :
	wait "$server" || :
	server=
}

# Bytes of the values, how much larger the others are, and keys.
for shape in "16 512 2 500000" "16 1024 2 250000" "512 2048 2 150000"; do
	# shellcheck disable=SC2086
	set -- $shape
	echo "values of $1 to $2 bytes, then $3 times that"
	for name in $(echo "$names" | tr , ' '); do
		lib=$(library "$name") || continue
		run "$lib" "$@" >"$tmp/figures"
		awk -v name="$name" '{ printf "  %-10s %7.1f MiB used, " \
		    "%7.1f resident  %6.2f %6.2f %6.2f\n", name, $5, $6,
		    $2 / $1, $4 / $3, $6 / $5 }' "$tmp/figures"
	done
done

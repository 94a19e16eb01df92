#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# compare.sh [-r rounds] [-l static] [word ...]: the same programs on musl with
# its own malloc and on musl with basalt, in turn, and the medians of what they
# took.  Words choose rows: those with one of them in their name.

set -eu

rounds=5
link=dynamic
while getopts r:l: opt; do
	case $opt in
	r)	rounds=$OPTARG ;;
	l)	link=$OPTARG ;;
	*)	exit 2 ;;
	esac
done
shift $((OPTIND - 1))
words=$*

system=$OBJTOP/system
here=$(cd "$(dirname "$0")" && pwd)
work=$OBJTOP/system/compare
rm -rf "$work"
mkdir -p "$work"
cd "$work"

for p in busybox lua mawk own sqlite3 zstd; do
	[ "$(cat "$system/status/$p")" = ok ] || {
		echo "compare: $p: $(cat "$system/status/$p")" >&2
		exit 1
	}
done

awk 'BEGIN {
	x = 42
	for (i = 0; i < 800000; i++) {
		x = (x * 16807) % 2147483647
		printf "%d line %d of %x\n", x, i, x % 5003
	}
}' >text
head -n 200000 text >part

# A shell that forks and allocates little.
cat >forks.sh <<'END'
fib() {
	if [ "$1" -lt 2 ]; then
		echo "$1"
	else
		echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2)))))
	fi
}
fib 13
END

# NAME PROGRAM ARGUMENTS: what is run.  Of the threads each does its share of
# the same work, but sqlload's, which have a data base each.
rows() {
	for t in 1 2 4 8; do
		echo "heavy-$t heavy -t $t -s 300000"
	done
	for t in 1 2 4 8; do
		echo "mill-$t mill -w 0 -t $t -n $((240000 / t))"
	done
	for t in 1 2 4 8; do
		echo "sqlite-$t sqlload -t $t"
	done
	for t in 1 2 4 8; do
		echo "zstd-$t zstd -q -c -4 -T$t text"
	done
	echo "lua lua $here/garbage.lua 4"
	echo "mawk mawk -f $here/arrays.awk"
	echo "busybox-awk busybox awk -f $here/arrays.awk"
	echo "busybox-sort busybox sort -k 4 part"
	echo "busybox-forks busybox sh forks.sh"
	echo "busybox-true busybox true"
}

wanted() {
	[ -n "$words" ] || return 0
	for w in $words; do
		case $1 in
		*$w*)	return 0 ;;
		esac
	done
	return 1
}

rows >rows
for round in $(seq "$rounds"); do
	while read -r name prog args; do
		wanted "$name" || continue
		for libc in own basalt; do
			# Arguments are words.
			# shellcheck disable=SC2086
			"$system/own-static/measure" "$name.$libc" \
			    "$system/$libc-$link/$prog" $args \
			    >"$name.$libc.out"
		done
		case $name in
		mill-*)	;;	# it prints times
		*)	cmp "$name.own.out" "$name.basalt.out" ;;
		esac
	done <rows
	echo "round $round of $rounds" >&2
done

# median FILE COLUMN
median() {
	sort -n -k "$2" "$1" | awk -v c="$2" '
	{ v[NR] = $c }
	END { print v[int((NR + 1) / 2)] }'
}

echo "$link programs; medians of $rounds; own is musl's malloc"
echo
h='%-14s %10s %14s %15s %16s %6s\n'
printf "$h" '' 'wall s' 'cpu s' 'peak MiB' 'own/basalt' 'b/own'
h='%-14s %6s %6s %6s %6s %7s %7s  %5s %5s %5s\n'
printf "$h" '' own basalt own basalt own basalt wall cpu peak
while read -r name prog args; do
	wanted "$name" || continue
	for column in 1 2 3; do
		for libc in own basalt; do
			median "$name.$libc" $column
		done
	done | xargs echo "$name"
done <rows | awk '
{
	printf "%-14s %6.2f %6.2f %6.2f %6.2f %7.1f %7.1f", $1, $2, $3, $4, $5, \
	    $6 / 1024, $7 / 1024
	printf "  %5.2f %5.2f %5.2f\n", $2 / ($3 + .0001), \
	    $4 / ($5 + .0001), $7 / $6
	if ($1 == "busybox-true")
		next
	wall += log($2 / $3)
	cpu += log($4 / $5)
	peak += log($7 / $6)
	n++
}
END {
	if (n > 0)
		printf "%-57s  %5.2f %5.2f %5.2f\n", "geometric mean", \
		    exp(wall / n), exp(cpu / n), exp(peak / n)
}'
rm -rf "$work"

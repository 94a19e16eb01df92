#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# programs.sh [-a NAMES] [-w PROGRAMS] [-r ROUNDS] [-o DIR] [-x NAME=LIBRARY]
#	[-c NAME=OPTIONS] LIBBASALT COST
#
# Programs as they are, on basalt, the C library's malloc and those of its
# peers that are installed: by turns, medians of the rounds.  CPU time is user
# and system together; of redis it is the server's.  -x adds another library,
# as an older build, -c basalt, or what -x has of that name, with such options
# in MALLOC_CONF.  Programs that are not installed are left out; workloads of
# the benchmark may be among them.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
names=basalt,glibc,jemalloc,mimalloc,tcmalloc
programs=json,table,set,get,fill,compile,z3,pdf,paint,lua,perl,sqlite3
rounds=3
out=.
extra=
confs=
while getopts a:w:r:o:x:c: flag; do
	case $flag in
	a) names=$OPTARG ;;
	w) programs=$OPTARG ;;
	r) rounds=$OPTARG ;;
	o) out=$OPTARG ;;
	x) extra="$extra $OPTARG"; names=$names,${OPTARG%%=*} ;;
	c) confs="$confs $OPTARG" ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
basalt=$1
cost=$2
for pair in $confs; do
	name=${pair%%=*}
	case $extra in
	*" $name="*) ;;
	*) extra="$extra $name=$basalt"; names=$names,$name ;;
	esac
done

. "$here/peers.sh"

# options_of NAME: what -c has for it.
options_of() {
	for pair in $confs; do
		[ "$1" != "${pair%%=*}" ] || { echo "${pair#*=}"; return; }
	done
}

# needs PROGRAM: what must be installed for it.
needs() {
	case $1 in
	json | table) echo python3 ;;
	set | get | fill) echo redis-server ;;
	compile) echo g++ ;;
	pdf | paint) echo gs ;;
	lua) echo lua5.4 ;;
	z3 | perl | sqlite3) echo "$1" ;;
	*) echo true ;;
	esac
}

# stat_of PID: user, system in microseconds, peak KiB, faults.
stat_of() {
	awk -v tick="$(getconf CLK_TCK)" -v pid="$1" '
	FILENAME ~ /stat$/ { sub(/.*\) /, "")
	    u = $12 * 1e6 / tick; s = $13 * 1e6 / tick; f = $8 }
	$1 == "VmHWM:" { peak = $2 }
	END { print u, s, peak, f }' "/proc/$1/stat" "/proc/$1/status"
}

# The server's cost of what comes after the keys are there.
redis() {
	sock=$tmp/redis.sock
	LD_PRELOAD=$2 redis-server --port 0 --unixsocket "$sock" --save '' \
	    --appendonly no --dir "$tmp" >"$tmp/redis.log" 2>&1 &
	server=$!
	until redis-cli -s "$sock" ping >/dev/null 2>&1; do
		kill -0 "$server" || return 1
		sleep 0.1
	done
	load="redis-benchmark -s $sock -q -P 16 -c 20 -r 1000000 -d 100"
	[ "$1" = fill ] || $load -n 1000000 -t set >/dev/null
	before=$(stat_of "$server")
	case $1 in
	fill) $load -n 1500000 -t set >/dev/null
	    $load -n 300000 -t lpush,hset,zadd >/dev/null ;;
	*) $load -n 2000000 -t "$1" >/dev/null ;;
	esac
	echo "$before $(stat_of "$server")" |
	    awk '{ print $5 - $1, $6 - $2, $7, $8 - $4 }'
	redis-cli -s "$sock" shutdown nosave >/dev/null 2>&1 || :
	wait "$server" || :
	server=
}

gs_on() {
	"$cost" "$1" gs -q -dBATCH -dNOPAUSE -r150 -sOutputFile=/dev/null \
	    "-sDEVICE=$2" "$here/programs/pages.ps"
}

# run PROGRAM LIBRARY: its line of figures.
run() {
	case $1 in
	json) "$cost" "$2" python3 "$here/programs/document.py" ;;
	table) "$cost" "$2" python3 "$here/programs/table.py" ;;
	set | get | fill) redis "$1" "$2" ;;
	compile) "$cost" "$2" g++ -std=c++17 -O2 -S -o /dev/null \
	    "$here/../programs/containers.cc" ;;
	z3) "$cost" "$2" z3 "$tmp/holes.smt2" ;;
	pdf) gs_on "$2" pdfwrite ;;
	paint) gs_on "$2" ppmraw ;;
	lua) "$cost" "$2" lua5.4 "$here/programs/trees.lua" ;;
	perl) "$cost" "$2" perl "$here/programs/words.pl" ;;
	sqlite3) "$cost" "$2" sqlite3 :memory: \
	    ".read $here/programs/shop.sql" ;;
	*) "$cost" "$2" "$(dirname "$cost")/workload" "$1" ;;
	esac
}

# The names of this round, in every other one backwards: what a run leaves of
# the kernel's free memory, the next finds, and huge pages are dear if it is
# in pieces.
turns() {
	echo "$names" | tr , '\n' |
	    awk -v back=$((round % 2)) '
	    { name[NR] = $0 }
	    END { for (i = 1; i <= NR; i++)
		print name[back ? NR + 1 - i : i] }'
}

# table TITLE COLUMN SCALE FORMAT: medians, a program a row.
table() {
	printf '\n%s\n' "$1"
	awk -v col="$2" -v scale="$3" -v fmt="$4" -v names="$names" '
	function median(key,   n, i, j, t, a) {
		n = split(value[key], a, " ")
		for (i = 2; i <= n; i++)
			for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) {
				t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
			}
		return (n % 2 ? a[(n + 1) / 2] : \
		    (a[n / 2] + a[n / 2 + 1]) / 2)
	}
	BEGIN { n = split(names, name, ",") }
	{
		v = col == 0 ? $3 + $4 : $col
		value[$1 SUBSEP $2] = value[$1 SUBSEP $2] " " v
		if (!($1 in seen)) { seen[$1] = ++rows; row[rows] = $1 }
		there[$2] = 1
	}
	END {
		printf "%-10s", ""
		for (i = 1; i <= n; i++)
			if (name[i] in there) printf "%11s", name[i]
		print ""
		for (r = 1; r <= rows; r++) {
			printf "%-10s", row[r]
			for (i = 1; i <= n; i++)
				if (name[i] in there)
					printf fmt, median(row[r] SUBSEP \
					    name[i]) / scale
			print ""
		}
	}' "$out/programs.txt"
}

mkdir -p "$out"
: >"$out/programs.txt"
awk -f "$here/programs/holes.awk" >"$tmp/holes.smt2"
round=0
while [ "$round" -lt "$rounds" ]; do
	round=$((round + 1))
	for program in $(echo "$programs" | tr , ' '); do
		need=$(needs "$program")
		if ! command -v "$need" >/dev/null; then
			[ "$round" -gt 1 ] || echo "$program: no $need here"
			continue
		fi
		for name in $(turns); do
			lib=$(library "$name") || continue
			options=$(options_of "$name")
			figures=$(
			    [ -z "$options" ] || export MALLOC_CONF="$options"
			    run "$program" "$lib") || {
				echo "$program fails on $name" >&2
				exit 1
			}
			echo "$program $name $figures" >>"$out/programs.txt"
		done
	done
done
table "CPU time, seconds" 0 1e6 "%11.2f"
table "of which system" 4 1e6 "%11.2f"
table "peak resident, MiB" 5 1024 "%11.1f"
table "page faults" 6 1 "%11d"

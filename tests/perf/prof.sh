#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# prof.sh [-w PROGRAMS] [-r ROUNDS] [-o DIR] LIBBASALT COST
#
# What heap profiles cost: programs, and workloads of the benchmark, without
# profiles, with them at the usual period, and with them but not active, by
# turns; and the same of a jemalloc that has them.  Ratios are of the two in the
# same round; the first figure is the median of the rounds, those in brackets
# hold half of them between them.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
programs=json,table,set,get,fill,server8,mixed8
rounds=9
out=.
while getopts w:r:o: flag; do
	case $flag in
	w) programs=$OPTARG ;;
	r) rounds=$OPTARG ;;
	o) out=$OPTARG ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))

basalt=$1
extra=
. "$here/peers.sh"

# Without profiles it has something to say of the option.
if peer=$(library jemalloc) &&
    [ -z "$(LD_PRELOAD=$peer MALLOC_CONF=prof:true env true 2>&1)" ]; then
	peer="-x jemalloc=$peer -x peer=$peer -c peer=prof:true"
else
	peer=
fi
# shellcheck disable=SC2086
sh "$here/programs.sh" -a basalt -x on="$basalt" -c on=prof:true \
    -x idle="$basalt" -c idle=prof:true,prof_active:false $peer \
    -w "$programs" -r "$rounds" -o "$out" "$@" >"$out/prof.txt"

awk '
# The figure at a share of the way through them, in order.
function at(list, share,   n, i, j, t, a) {
	n = split(list, a, " ")
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && a[j - 1] + 0 > a[j] + 0; j--) {
			t = a[j]; a[j] = a[j - 1]; a[j - 1] = t
		}
	i = 1 + (n - 1) * share
	j = int(i)
	return (a[j] + (j < n ? (a[j + 1] - a[j]) * (i - j) : 0))
}
function ratios(name, base, what,   r, list) {
	if (!((program, name) in rounds))
		return (sprintf("%-24s", "-"))
	for (r = 1; r <= rounds[program, name]; r++)
		list = list " " value[program, name, r, what] / \
		    value[program, base, r, what]
	return (sprintf("%6.3f (%5.3f to %5.3f)", at(list, 0.5),
	    at(list, 0.25), at(list, 0.75)))
}
{
	if (!($1 in seen)) { seen[$1] = ++n; row[n] = $1 }
	r = ++rounds[$1, $2]
	value[$1, $2, r, "time"] = $3 + $4
	value[$1, $2, r, "peak"] = $5
	off[$1] = off[$1] ($2 == "basalt" ? " " $3 + $4 : "")
}
END {
	printf "%-10s%9s  %-24s  %-24s  %-24s  %s\n", "", "off, s", "on, time",
	    "on, peak", "not active, time", "jemalloc on, time"
	for (i = 1; i <= n; i++) {
		program = row[i]
		printf "%-10s%9.2f  %s  %s  %s  %s\n", program,
		    at(off[program], 0.5) / 1e6,
		    ratios("on", "basalt", "time"),
		    ratios("on", "basalt", "peak"),
		    ratios("idle", "basalt", "time"),
		    ratios("peer", "jemalloc", "time")
	}
}' "$out/programs.txt"

#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The long forms of the stress tests.  BASALT_LIBDIR and BASALT_BINDIR say where
# the library and the helper programs are; SOAK_SEED chooses other random
# numbers.  Every run's own last line is shown; the status is 0 if all passed.

set -u
: "${BASALT_LIBDIR:?}" "${BASALT_BINDIR:?}"
lib=$BASALT_LIBDIR/libbasalt.so.1
seed=${SOAK_SEED:-1}
failed=0
n=0

soak() {
	n=$((n + 1))
	echo "soak $n: $1"
	shift
	start=$(date +%s)
	if "$@"; then
		echo "soak $n: passed in $(($(date +%s) - start)) s"
	else
		echo "soak $n: FAILED with status $?: $*"
		failed=$((failed + 1))
	fi
}

# Written by thousands, and all are read; heap_v2, one of a hundred, by jeprof.
profiles() {
	format=$1
	i=0
	while [ $i -lt 10 ]; do
		i=$((i + 1))
		rm -f "$dumps"/*
		MALLOC_CONF=prof:true,lg_prof_sample:13,prof_format:$format \
		    "$BASALT_BINDIR/profstorm" -n 1000 -k 1000 "$dumps/f" \
		    >"$dumps/said" || return 1
		sh "$(dirname "$0")/profcheck.sh" "$format" "$dumps"/f.* \
		    >"$dumps/wrong"
		head "$dumps/wrong"
		[ ! -s "$dumps/wrong" ] || return 1
		[ "$format" = heap_v2 ] || continue
		for f in "$dumps"/f.*00; do
			jeprof --text "$BASALT_BINDIR/profstorm" "$f" \
			    2>/dev/null | grep -q '^Total: ' || {
				echo "jeprof does not read $f"
				return 1
			}
		done
	done
	cat "$dumps/said"
}

soak "10^8 operations under the oracle, 4 threads" \
    "$BASALT_BINDIR/oracle" -s "$seed" -t 4 -n 100000000
soak "2 x 10^7 operations with the map of live bytes, 16 threads" \
    "$BASALT_BINDIR/oracle" -c -s "$((seed + 1))" -t 16 -n 20000000
soak "2 x 10^7 operations with pages returned at once" \
    env MALLOC_CONF=dirty_decay_ms:0,muzzy_decay_ms:0 \
    "$BASALT_BINDIR/oracle" -s "$((seed + 2))" -t 4 -n 20000000
soak "2 x 10^7 operations with arenas and caches that calls name" \
    "$BASALT_BINDIR/oracle" -x -s "$((seed + 3))" -t 8 -n 20000000
soak "10^4 forks, preloaded" env LD_PRELOAD="$lib" \
    "$BASALT_BINDIR/forkstorm_plain" -n 10000 -t 8
soak "2000 forks, linked, 24 busy threads" \
    "$BASALT_BINDIR/forkstorm" -n 2000 -t 24
soak "10^5 threads with destructors that allocate" \
    "$BASALT_BINDIR/churn_threads" -n 100000
dumps=$(mktemp -d)
trap 'rm -rf "$dumps"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
for format in heap_v2 pprof folded; do
	soak "10^4 profiles of $format while 8 threads allocate, end and fork" \
	    profiles $format
done

echo "soak: $((n - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]

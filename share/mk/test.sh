#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# test.sh OBJTOP: runs the tests built below OBJTOP under kyua and leaves the
# report in OBJTOP/test.  It says why tests were skipped, and how many for each
# reason.  The last line is `N passed, N failed'; the exit status says whether
# it was 0 failed.
#
# The environment is rebuilt from nothing: a MALLOC_CONF or LD_PRELOAD of the
# caller must not decide what the tests see, and the report stores all of it.

set -u

objtop=$1
out=$objtop/test
tests=${TESTDIR:-$objtop/tests}
jobs=$(getconf _NPROCESSORS_ONLN)

mkdir -p "$out/home"
rm -f "$out/results.db" "$out/junit.xml" "$out/kyua.log"

clean() {
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME="$out/home" LC_ALL=C \
	    BASALT_SRCTOP="$BASALT_SRCTOP" BASALT_LIBDIR="$BASALT_LIBDIR" \
	    BASALT_BINDIR="$objtop/tests/bin" BASALT_SUITE=library \
	    BASALT_PRELOAD="LD_PRELOAD=$BASALT_LIBDIR/libbasalt.so.1" \
	    ${TEST_ENV-} "$@"
}

clean kyua --logfile="$out/kyua.log" -v parallelism="$jobs" \
    test -k "$tests/Kyuafile" -r "$out/results.db"
status=$?

if [ ! -f "$out/results.db" ]; then
	echo "kyua could not run the tests:"
	cat "$out/kyua.log"
	echo "0 passed, 1 failed"
	exit 1
fi

clean kyua --logfile=/dev/null report-junit \
    --results-file="$out/results.db" --output="$out/junit.xml"
if [ "$status" -ne 0 ]; then
	echo
	clean kyua --logfile=/dev/null report --verbose \
	    --results-filter=failed,broken --results-file="$out/results.db" |
	    awk '
		/^===> Execution context/ { skip = 1; next }
		/^===> (Failed|Broken) tests/ { exit }
		/^===> / { skip = 0 }
		/^Metadata:/ { meta = 1; next }
		meta && /^    / { next }
		{ meta = 0 }
		!skip'
fi

clean kyua --logfile=/dev/null report --results-filter=skipped \
    --results-file="$out/results.db" |
    sed -n 's/^[^ ]*  ->  skipped: \(.*\)  \[[^]]*\]$/\1/p' |
    sort | uniq -c | sort -rn >"$out/skipped"
if [ -s "$out/skipped" ]; then
	printf '\nskipped:\n'
	cat "$out/skipped"
fi

echo
clean kyua --logfile=/dev/null report --results-filter=failed,broken \
    --results-file="$out/results.db" |
    awk '
	/^===> / { summary = /^===> Summary/ }
	summary && /^Test cases:/ {
		gsub(/,/, "")
		for (i = 3; i < NF; i += 2) {
			n[$(i + 1)] = $i
			if ($(i + 1) == "expected")
				i++
		}
		seen = 1
	}
	END {
		failed = n["failed"] + n["broken"] + !seen
		printf "%d passed, %d failed", \
		    n["total"] - n["skipped"] - n["failed"] - n["broken"], failed
		if (n["skipped"] > 0)
			printf ", %d skipped", n["skipped"]
		printf "\n"
	}' >"$out/summary"
cat "$out/summary"
grep -q ' passed, 0 failed' "$out/summary"

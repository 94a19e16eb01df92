#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# sanitize.sh OBJTOP: the tests with the compiler's own checks built in.
#
# asan	address and undefined behaviour: the unit tests, on the in-memory OS
# ubsan	undefined behaviour in the library: the tests of its public face.  It
#	traps (SIGILL), so that it needs no run-time library, which would
#	itself want a malloc
# tsan	data races: the stress test, threads handing blocks to one another; and
#	the litmus tests of the insides
#
# SANITIZE_OPS scales the stress test.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
objtop=$1
make=${MAKE:-bmake}
jobs=$(getconf _NPROCESSORS_ONLN)
ops=${SANITIZE_OPS:-1000000}
failed=

begin() {
	echo
	echo "sanitize: $1"
}

end() {
	if [ "$1" -ne 0 ]; then
		failed="$failed, $2"
		echo "sanitize: $2 FAILED"
	fi
}

build() {
	dir=$1
	shift
	"$make" -j "$jobs" -C "$top/$dir" "$@"
}

run_tests() {
	BASALT_SRCTOP="$top" BASALT_LIBDIR="$1/lib/libbasalt" \
	    sh "$top/share/mk/test.sh" "$1"
}

# The stress test prints what it did; a report of a sanitizer ends it.
stress() {
	for prog in "$1"/tests/sanitize/*; do
		case ${prog##*/} in
		oracle)	"$prog" -t 4 -n "$2" -s 1 &&
			"$prog" -x -t 4 -n "$2" -s 2 &&
			MALLOC_CONF=prof:true,lg_prof_sample:10 \
			    "$prog" -t 4 -n "$(($2 / 4))" -s 3 || return 1 ;;
		*.*) ;;
		tsan_*) "$prog" || return 1 ;;
		esac
	done
}

begin "address and undefined behaviour, unit tests"
# Not null: the compiler asks the flags of the addition that gives a thread's
# variable its address, and the linker makes that addition one without flags.
# The address sanitizer sees a null pointer that is used.
flags="-fsanitize=address,undefined -fno-sanitize=null"
flags="$flags -fno-sanitize-recover=all -fno-omit-frame-pointer"
units="os util meta page heap thread watch"
asan=$objtop/asan
build lib OBJTOP="$asan" SANITIZE="$flags" testlibs &&
    build tests OBJTOP="$asan" SANITIZE="$flags" TESTS="$units" all &&
    TEST_ENV="ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1" \
	run_tests "$asan"
end $? "address and undefined behaviour, unit tests"

begin "address and undefined behaviour, stress"
build lib OBJTOP="$asan" SANITIZE="$flags" prefixed &&
    build tests/sanitize OBJTOP="$asan" SANITIZE="$flags" all &&
    ASAN_OPTIONS=detect_leaks=0 stress "$asan" "$ops"
end $? "address and undefined behaviour, stress"

begin "undefined behaviour, the library under its tests"
flags="-fsanitize=undefined -fsanitize-undefined-trap-on-error"
ubsan=$objtop/ubsan
build lib OBJTOP="$ubsan" SANITIZE="$flags" all testlibs &&
    build tests OBJTOP="$ubsan" TESTS="api misuse conf" all &&
    run_tests "$ubsan"
end $? "undefined behaviour, the library under its tests"

# Programs of ATF, case by case.
cases() {
	for prog; do
		"$prog" -l | sed -n 's/^ident: //p' >"$prog.cases"
		[ -s "$prog.cases" ] || return 1
		while read -r case; do
			"$prog" -s "${prog%/*}" "$case" || return 1
		done <"$prog.cases"
	done
}

begin "data races, stress"
# It knows no fences.  What two fences order here is atomic anyway.
flags="-fsanitize=thread -Wno-tsan"
tsan=$objtop/tsan
build lib OBJTOP="$tsan" SANITIZE="$flags" DEBUG=yes testlibs prefixed &&
    build tests/sanitize OBJTOP="$tsan" SANITIZE="$flags" DEBUG=yes all &&
    TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:report_thread_leaks=0 \
	stress "$tsan" "$((ops / 2))"
end $? "data races, stress"

begin "data races, litmus tests"
build lib OBJTOP="$tsan" SANITIZE="$flags" testlibs &&
    build tests OBJTOP="$tsan" SANITIZE="$flags" TESTS=model all &&
    TSAN_OPTIONS=halt_on_error=1:report_thread_leaks=0 \
	cases "$tsan"/tests/model/litmus*_test
end $? "data races, litmus tests"

echo
if [ -n "$failed" ]; then
	echo "sanitize: failed: ${failed#, }"
	exit 1
fi
echo "sanitize: no reports"

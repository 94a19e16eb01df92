#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# run.sh			shows what basalt does for two programs
# run.sh PROGRAM ARGS...	runs the program on basalt and reports
#
# Both install what is missing and build first.

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
objtop=${OBJTOP:-$top/build}
lib=$objtop/lib/libbasalt/libbasalt.so.1
bin=$objtop/share/run

prepare() {
	sh "$top/share/setup.sh"
	echo "run: building"
	bmake -C "$top" -j "$(getconf _NPROCESSORS_ONLN)" run
}

if [ $# -eq 0 ]; then
	prepare
	exec sh "$top/share/run/demo.sh" "$lib" "$bin"
fi

# The program's output is its own: what comes before it stays quiet.
log=$(mktemp)
prepare >"$log" 2>&1 || {
	cat "$log" >&2
	rm -f "$log"
	exit 1
}
rm -f "$log"
exec "$bin/runner" "$lib" "$bin/atexit.so" "$@"

#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# first.sh LIBRARY PROGRAM [ARGS...]
#
# The library's functions that a program runs, by name: what first.ld lists.
# Needs valgrind, and a library with its symbols.

set -e
[ $# -ge 2 ] || { echo "usage: first.sh LIBRARY PROGRAM [ARGS...]" >&2; exit 2; }
library=$(realpath "$1")
shift
out=$(mktemp)
trap 'rm -f "$out"' EXIT
LD_PRELOAD=$library valgrind --tool=callgrind --callgrind-out-file="$out" \
    "$@" >/dev/null 2>&1 </dev/null
# An object or a function has its name the first time and a number later.
awk -v library="$library" '
/^ob=/ {
	split($0, part, /[()]/)
	if (part[3] != "")
		object[part[2]] = substr(part[3], 2)
	ours = object[part[2]] == library
}
/^cob=/ {
	split($0, part, /[()]/)
	if (part[3] != "")
		object[part[2]] = substr(part[3], 2)
}
/^c?fn=/ {
	split($0, part, /[()]/)
	if (part[3] != "")
		name[part[2]] = substr(part[3], 2)
	if (ours && /^fn=/)
		run[name[part[2]]] = 1
}
END {
	for (f in run)
		print f
}' "$out" | sort

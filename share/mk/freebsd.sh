#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# freebsd.sh OBJTOP [DESTDIR]
#
# Cross-builds for FreeBSD, every warning an error, in OBJTOP/freebsd/PROCESSOR
# for amd64 and aarch64: what its libc takes in (lib/libc_malloc), and the
# library beside a libc; with DESTDIR it also installs them, in
# DESTDIR/PROCESSOR/lib.
#
# OBJTOP/freebsd/status has in a line how it went: "built"; "unavailable:" and
# why there is no compiler here, the exit status then being 69; or "failed:"
# and what.  OBJTOP/freebsd/zig is the compiler, from before if BASALT_DISTFILES
# says where.

set -u

[ $# -ge 1 ] || {
	sed -n 's/^# \{0,1\}//; 5,15p' "$0" >&2
	exit 2
}
top=$(cd "$(dirname "$0")/../.." && pwd)
out=$1/freebsd
destdir=${2-}
zig=${BASALT_DISTFILES:-$1/distfiles}/zig
make=${MAKE:-bmake}
jobs=$(getconf _NPROCESSORS_ONLN)
release=14.0

mkdir -p "$out"
exec 8>"$out/lock"
flock 8

# What our caller builds is for another system.
unset MAKEFLAGS MFLAGS MAKELEVEL CC CXX CFLAGS LDFLAGS DESTDIR

status() {
	echo "$1" >"$out/status"
	echo "freebsd: $1"
	case $1 in
	failed*)	exit 1 ;;
	unavailable*)	exit 69 ;;
	esac
	exit 0
}

# build PROCESSOR TRIPLE DIRECTORY TARGET.  Without the optimizer the compiler
# would have its sanitizer on by itself.
build() {
	cc="sh $top/share/mk/zig.sh $zig"
	target="-target $2-freebsd.$release -fno-sanitize=undefined"
	"$make" -C "$top/$3" -j "$jobs" OBJTOP="$out/$1" OPSYS=FreeBSD \
	    TARGET="$1" CC="$cc cc $target" CXX="$cc c++ $target" \
	    WERROR=-Werror DESTDIR="$destdir/$1" PREFIX= "$4" 8>&-
}

sh "$top/share/mk/zig.sh" fetch "$zig" 2>"$out/why" 8>&-
case $? in
0)
	ln -sfn "$zig" "$out/zig"
	;;
69)
	status "unavailable: $(sed -n 's/^zig.sh: //p' "$out/why")"
	;;
*)
	cat "$out/why" >&2
	status "failed: zig.sh"
	;;
esac
goal=all
[ -z "$destdir" ] || goal=install
for p in amd64:x86_64 aarch64:aarch64; do
	for d in lib/libc_malloc lib/libbasalt; do
		build "${p%:*}" "${p#*:}" "$d" "$goal" ||
		    status "failed: $d for ${p%:*}"
	done
done
status built

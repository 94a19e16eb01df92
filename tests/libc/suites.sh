#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# suites.sh SRCTOP OBJTOP SUITE...: the tests of the public face, built for a
# libc whose malloc is basalt, to be run with all others.  A suite is
#
# dynamic, static	this machine's processor
# arm64_dynamic_SIZE, arm64_static_SIZE
#			an emulated one, with pages of SIZE: 4k, 16k or 64k
#
# Where a tool or a source is not to be had the suite is one test that is
# skipped and says why; whatever fails after that is a failure.

set -eu

srctop=$1
objtop=$2
shift 2
mk=$srctop/share/mk
make=${MAKE:-bmake}
jobs=$(getconf _NPROCESSORS_ONLN)
dist=${BASALT_DISTFILES:-$objtop/distfiles}
folders="api conf misuse stress programs"
work=$objtop/suite
# What our caller was told about compilers is not meant for these.
unset MAKEFLAGS CC CXX WERROR SANITIZE DEBUG

mkdir -p "$work"

# missing TOOL...: is there one that is not there?  Says which.
missing() {
	for tool; do
		command -v "$tool" >/dev/null || {
			echo "there is no $tool"
			return 0
		}
	done
	return 1
}

# A source that cannot be fetched.
unfetched() {
	for package; do
		sh "$mk/debian.sh" source "$dist" "$package" \
		    >"$work/fetch.log" 2>&1 || {
			echo "no source of $package:" \
			    "$(tail -n 1 "$work/fetch.log")"
			return 0
		}
	done
	return 1
}

# build ARCH LINK FLAGS [VARIABLE=VALUE]: once for all page sizes.
build() {
	arch=$1
	link=$2
	flags=$3
	shift 3
	[ ! -e "$work/$arch-$link.done" ] || return 0
	libc=$objtop/musl/$arch
	$make -C "$srctop/lib/libc" OBJTOP="$objtop" MUSL_ARCH="$arch" musl
	sh "$mk/atf.sh" "$dist/atf" "$work/$arch-atf" "$libc/bin/musl-gcc"
	$make -C "$srctop/tests" -j "$jobs" OBJTOP="$work/$arch-$link" "$@" \
	    CC="$libc/bin/musl-gcc" CPPFLAGS="-I$work/$arch-atf $flags" \
	    IN_TREE="$link" TESTS="$folders" DPADD="$libc/lib/libc.a" \
	    LIBATF="$work/$arch-atf/libatf-c.a" all
	: >"$work/$arch-$link.done"
}

# view SUITE ARCH LINK SCALE PAGE [RUN...]
view() {
	suite=$1
	built=$work/$2-$3/tests
	link=$3
	scale=$4
	page=$5
	shift 5
	sh "$mk/view.sh" "$objtop" "libc/$suite" "$built" \
	    BASALT_LINK="$link" BASALT_PRELOAD=BASALT_IN_TREE=yes \
	    BASALT_SCALE="$scale" BASALT_PAGE="$page" -- "$@"
}

skip() {
	echo "libc/$1: $2"
	sh "$mk/view.sh" -s "$objtop" "libc/$1" "$2"
}

# The processor of this machine.
own() {
	arch=$(uname -m | sed 's/x86_64/amd64/; s/arm64/aarch64/')
	if why=$(missing gcc make ar || unfetched musl atf); then
		skip "$1" "$why"
		return
	fi
	build "$arch" "$1" ""
	view "$1" "$arch" "$1" 2 "$(getconf PAGESIZE)"
}

arm64() {
	link=${1#arm64_}
	size=${link#*_}
	link=${link%_*}
	if why=$(missing aarch64-linux-gnu-gcc qemu-aarch64 make ar ||
	    unfetched musl atf); then
		skip "$1" "$why"
		return
	fi
	page=$((${size%k} * 1024))
	# The compiler's own functions for atomics look for another libc.
	build aarch64 "$link" -mno-outline-atomics TARGET=aarch64
	sh "$srctop/tests/arm64/emulator.sh" "$work"
	view "$1" aarch64 "$link" 100 "$page" \
	    "$work/emulator" -p "$page" -0 '"$0"'
}

rm -f "$work"/*.done
for suite; do
	case $suite in
	arm64_*)	arm64 "$suite" ;;
	*)		own "$suite" ;;
	esac
done

#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# lint.sh OBJTOP: everything that can be said of the sources without running
# them.  Goes through all of it, then names what failed.

set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
objtop=$1
out=$1/lint
jobs=$(getconf _NPROCESSORS_ONLN)
make=${MAKE:-bmake}
failed=

mkdir -p "$out"
cd "$top" || exit 1

step() {
	name=$1
	shift
	echo "lint: $name"
	"$@" >"$out/log" 2>&1 && return
	cat "$out/log"
	failed="$failed, $name"
}

build() {
	"$make" -j "$jobs" OBJTOP="$out/$1" CC="$1" CXX="$2" WERROR=-Werror \
	    tests prefixed perf run
}

# Where the headers are decides what an analyser sees: ask the build.
includes() {
	"$make" -C lib/libbasalt OBJTOP="$out/gcc" -V '${BASALT_INCS}'
}

# tidy FLAGS FILE...: clang-tidy counts on stderr the warnings it did not show;
# nobody asked.
tidy() {
	flags=$1
	shift
	# Flags are words without spaces of their own.
	printf '%s\n' "$@" |
	    xargs -P "$jobs" -n 4 sh -c 'flags=$1; shift
		clang-tidy --quiet "$@" -- $flags 2>&1 |
		    grep -v "warnings* generated\|^Suppressed\|^Use -header" &&
		    exit 1
		exit 0' sh "-std=c11 -D_GNU_SOURCE $flags"
}

tidy_all() {
	# Names are words too.
	# shellcheck disable=SC2046
	tidy "$(includes)" \
	    $(find contrib/basalt -name '*.c' ! -name os_freebsd.c)
}

# What is FreeBSD's alone needs its headers, which come with a compiler: where
# that cannot be had, its tests say so.
freebsd() {
	status=0
	sh share/mk/freebsd.sh "$objtop" || status=$?
	[ "$status" -ne 69 ] || return 0
	[ "$status" -eq 0 ] || return 1
	headers=$objtop/freebsd/zig/lib/libc/include
	slot=lib/libc/stdlib/malloc
	tidy "--target=x86_64-unknown-freebsd14 -nostdlibinc
	    -isystem $headers/x86_64-freebsd-none
	    -isystem $headers/generic-freebsd
	    -iquote $slot/basalt $(includes)" contrib/basalt/os/os_freebsd.c \
	    "$slot/basalt/libc_glue.c" "$slot/malloc_compat.c"
}

# A thread cache's stacks end in a sentinel at [-1]: negativeIndex is wrong.
check() {
	# shellcheck disable=SC2046
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 \
	    -j "$jobs" --enable=warning,portability,performance \
	    --suppress=missingInclude --suppress=negativeIndex \
	    --template=gcc \
	    -D_GNU_SOURCE $(includes) contrib/basalt
}

manual() {
	find share/man -name '*.[1-9]' -exec mandoc -T lint -W warning {} +
}

scripts() {
	shellcheck -S warning share/*.sh share/*/*.sh share/bin/* .ci/run
}

step "gcc -Werror" build gcc g++
step "clang -Werror" build clang clang++
step "clang-tidy" tidy_all
step "FreeBSD" freebsd
step "cppcheck" check
step "manual pages" manual
step "shell scripts" scripts
step "layers and style" "$make" OBJTOP="$out/gcc" TESTS=style test

if [ -n "$failed" ]; then
	echo "lint: failed: ${failed#, }"
	exit 1
fi
echo "lint: nothing to say"

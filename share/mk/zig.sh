#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# zig.sh fetch DIR		a C compiler for FreeBSD, with FreeBSD's headers
#				and the names that its libraries export, in DIR
# zig.sh DIR COMMAND ...	runs it: cc -target x86_64-freebsd ...
#
# Zig, of this version and no other, fetched with npm, which checks what it
# got; so does this.  What is there already is not fetched again.  It exits
# with 69 where the compiler cannot be had here, and says why.

set -eu

version=0.16.0
unavailable=69

usage() {
	sed -n 's/^# \{0,1\}//; 5,7p' "$0" >&2
	exit 2
}

die() {
	echo "zig.sh: $*" >&2
	exit $unavailable
}

# What each package is, by its SHA-512.
checksum() {
	case $1 in
	lib)
		echo 6edc60a8f272f77af095cca968c1cb2c68efb63fedd649be2942a39420b1295f94a5ac9e235bfac9b5ede3f8c5237b9f0caa0b7bd18b293a6c5fc6dabcc13280
		;;
	linux-x64)
		echo cd54862a62196f9c3ea2ddde0dda05ec6cef2023757ba9b01880206af0e2411d2cb579c9bbd52038ca697082aa3f97c6e5e72c1fa8ec21ff6b4e1777648fdd95
		;;
	esac
}

# unpack PACKAGE: what is in it, in $new/PACKAGE.
unpack() {
	tgz=zigc-$1-$version.tgz
	(cd "$new" && npm pack --silent "@zigc/$1@$version") \
	    >"$new/log" 2>&1 || {
		cat "$new/log" >&2
		die "npm does not get @zigc/$1 $version: is there a network?"
	}
	echo "$(checksum "$1")  $new/$tgz" | sha512sum --check --status ||
	    die "@zigc/$1 $version is not what it was"
	mkdir "$new/$1"
	tar -C "$new/$1" --strip-components=1 -xzf "$new/$tgz"
	rm "$new/$tgz"
}

fetch() {
	[ -x "$dir/zig" ] && return
	case $(uname -sm) in
	"Linux x86_64")
		;;
	*)
		die "the cross compiler is for Linux on amd64 alone"
		;;
	esac
	command -v npm >/dev/null || die "there is no npm"
	new=$(mktemp -d "$dir/.new.XXXXXX")
	trap 'rm -rf "$new"' EXIT
	unpack lib
	unpack linux-x64
	chmod 755 "$new/linux-x64/bin/zig"
	# zig looks for a folder lib beside itself.
	[ -d "$dir/lib" ] || mv "$new/lib" "$dir/lib"
	mv "$new/linux-x64/bin/zig" "$dir/zig"
}

[ $# -ge 2 ] || usage
if [ "$1" = fetch ]; then
	mkdir -p "$2"
	dir=$(cd "$2" && pwd)
	# Several at once wait for each other.
	exec 9>"$dir/lock"
	flock 9
	fetch
	exit 0
fi
dir=$1
shift
# It remembers what it has compiled, and where: not in anybody's home.
ZIG_GLOBAL_CACHE_DIR=$dir/cache
ZIG_LOCAL_CACHE_DIR=$dir/cache
export ZIG_GLOBAL_CACHE_DIR ZIG_LOCAL_CACHE_DIR
exec "$dir/zig" "$@"

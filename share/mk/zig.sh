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

# What each package is, by the checksum under which npm knows it.
integrity() {
	case $1 in
	lib)
		echo btxgqPJy93rwlcypaMHLLGjvtj/t1km+KUKjlCCxKV+UpayeI1v6ybXt4/jFI3ufDKoLe9GLKTpsX8bavMEygA==
		;;
	linux-x64)
		echo zVSGKmIZb5w+ot3eDdoF7GzvICN1e6mwGIAgavDiQR0stXnJu9UgOMppcIKqP5fG5ecsH6jsIf9rThd3ZI/dlQ==
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
	sum=$(openssl dgst -sha512 -binary "$new/$tgz" | openssl base64 -A)
	[ "$sum" = "$(integrity "$1")" ] ||
	    die "@zigc/$1 $version is not what it was: $sum"
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
	for tool in npm openssl; do
		command -v $tool >/dev/null || die "there is no $tool"
	done
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

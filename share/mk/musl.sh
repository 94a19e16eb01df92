#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# musl.sh OBJTOP ARCH MALLOC [DESTDIR [PREFIX]]
#
# Builds Debian's musl for amd64 or aarch64, with MALLOC: basalt, or mallocng,
# which is musl's own.  It is installed in OBJTOP/musl/ARCH, the one with its
# own malloc in OBJTOP/musl-own/ARCH.
#
# DESTDIR	install it there too, to be used from there
# PREFIX	where what is in DESTDIR will be in the end; programs then look
#		for the loader in /lib, as musl has it
#
# BASALT_SRCS are the allocator's sources, as in contrib/basalt.
# BASALT_DISTFILES is where sources are that were fetched before.  What has
# not changed is not built again.

set -eu

[ $# -ge 3 ] || {
	sed -n 's/^# \{0,1\}//; 4,17p' "$0" >&2
	exit 2
}
objtop=$1
arch=$2
malloc=$3
destdir=${4-}
prefix=${5-}
srctop=$(cd "$(dirname "$0")/../.." && pwd)
glue=$srctop/lib/libc/musl
dist=${BASALT_DISTFILES:-$objtop/distfiles}
work=$objtop/musl-build/$malloc-$arch

die() {
	echo "musl.sh: $*" >&2
	exit 1
}

# musl's name of the processor, and the compiler.
case $arch in
amd64)		cpu=x86_64 ;;
aarch64)	cpu=aarch64 ;;
*)		die "no architecture $arch" ;;
esac
if [ "$(uname -m)" = "$cpu" ]; then
	cross=
else
	cross=$cpu-linux-gnu-
fi
case $malloc in
basalt)		here=$objtop/musl/$arch ;;
mallocng)	here=$objtop/musl-own/$arch ;;
*)		die "no malloc $malloc" ;;
esac
command -v "${cross}gcc" >/dev/null || die "no ${cross}gcc"

mkdir -p "$work"
exec 9>"$work/lock"
flock 9

# From here on another make than ours.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKE CC CFLAGS CPPFLAGS LDFLAGS DESTDIR
gnumake() {
	make -s -C "$work/src" -j "$(getconf _NPROCESSORS_ONLN)" "$@" \
	    >"$work/log" 2>&1 9>&- || {
		tail -n 40 "$work/log" >&2
		die "make $* failed in $work/src"
	}
}

# What a tree is made of; from another one all is made anew.
key() {
	[ "$malloc" != basalt ] || cat "$glue/basalt.mk" "$glue/musl.patch"
	echo "$here"
	"${cross}gcc" --version
}

# One of musl's mallocs more, and what it does itself is taken out.
basalt() {
	patch -p1 <"$glue/musl.patch" || return 1
	for f in calloc free libc_calloc lite_malloc memalign realloc \
	    reallocarray; do
		rm "src/malloc/$f.c"
	done
	rm src/legacy/valloc.c
	ln -s "$srctop/include/malloc_np.h" include
	mkdir src/malloc/basalt
}

# A source has come or gone: so has its link, and the libraries are old.
link_sources() {
	(
		cd "$work/src"
		echo "$BASALT_SRCS" | cmp -s - sources && exit
		rm -f src/malloc/basalt/* lib/libc.*
		ln -s "$glue"/*.c src/malloc/basalt
		for s in $BASALT_SRCS; do
			ln -s "$srctop/contrib/basalt/$s" \
			    "src/malloc/basalt/$(echo "$s" | tr / _)"
		done
		echo "$BASALT_SRCS" >sources
	)
}

# The compiler's own library for arm64 asks the libc for __getauxval.
configure() {
	cd "$work/src" &&
	    sed -i '/__getauxval/s/^hidden //' src/include/sys/auxv.h &&
	    { [ "$malloc" != basalt ] || basalt; } &&
	    ./configure --prefix="$here" --syslibdir="$here/lib" \
	    --target="$cpu-linux-gnu" --with-malloc="$malloc" \
	    CC="${cross}gcc" CROSS_COMPILE="$cross" || return 1
	[ "$malloc" != basalt ] || {
		echo "BASALT = $srctop"
		echo "BASALT_CPU = $arch"
		echo "include $glue/basalt.mk"
	} >>config.mak
}

unpack() {
	rm -rf "$work/src" "$work/key"
	cp -a "$dist/musl" "$work/src"
	(configure) >"$work/log" 2>&1 || {
		cat "$work/log" >&2
		die "configure failed"
	}
}

# The one place of a library that the loader of $1 looks in.
search_path() {
	mkdir -p "$1/etc"
	echo "$1/lib" >"$1/etc/ld-musl-$cpu.path"
}

if [ "$(cat "$work/key" 2>/dev/null)" != "$(key | cksum)" ]; then
	[ -d "$dist/musl" ] ||
	    sh "$srctop/share/mk/debian.sh" source "$dist" musl
	echo "musl $(cat "$dist/musl/VERSION") with $malloc for $arch"
	unpack
	key | cksum >"$work/key"
fi
[ "$malloc" != basalt ] || link_sources
gnumake install
search_path "$here"

# The compiler's wrapper has the paths in it, so it is made for each place.
if [ -n "$destdir" ]; then
	rm -f "$work/src/lib/musl-gcc.specs" "$work/src/obj/musl-gcc"
	if [ -n "$prefix" ]; then
		gnumake install DESTDIR="$destdir" prefix="$prefix" \
		    syslibdir=/lib
	else
		mkdir -p "$destdir"
		destdir=$(cd "$destdir" && pwd)
		gnumake install prefix="$destdir" syslibdir="$destdir/lib"
		search_path "$destdir"
	fi
	rm -f "$work/src/lib/musl-gcc.specs" "$work/src/obj/musl-gcc"
fi

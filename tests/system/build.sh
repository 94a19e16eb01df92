#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# build.sh PROGRAM...: builds programs from Debian's sources for musl.
#
# What is compiled once is linked four times: dynamic and static, with the
# in-tree musl whose malloc is basalt, and with the same musl and its own
# malloc.  Below SYSTEM are
#
#	obj/PROGRAM		objects
#	LIBC-LINK/PROGRAM	LIBC basalt or own, LINK dynamic or static
#	status/PROGRAM		ok, or in words why the program is not there
#	status/PROGRAM.log	what the compiler said
#
# A program that cannot be built is not the end of the build: its tests skip
# when the sources cannot be had, and fail when they do not compile.
#
# In the environment: SRCTOP, OBJTOP, MACHINE_CPUARCH, BMAKE.  What is built
# already is left alone; `libc' in place of a program makes the two libcs.

set -eu

here=$SRCTOP/tests/system
SYSTEM=$OBJTOP/system
DISTFILES=${BASALT_DISTFILES:-$OBJTOP/distfiles}
MUSL=$OBJTOP/musl/$MACHINE_CPUARCH
MUSL_OWN=$OBJTOP/musl-own/$MACHINE_CPUARCH
JOBS=$(getconf _NPROCESSORS_ONLN)
cc=$MUSL/bin/musl-gcc
cflags="-O2 -g0 -idirafter $SYSTEM/include"

# GNU make is another make than the one that started us.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKE

# The kernel's headers, without those of the host's libc beside them.
kernel_headers() {
	mkdir -p "$SYSTEM/include"
	for d in linux asm-generic mtd; do
		ln -sfn "/usr/include/$d" "$SYSTEM/include/$d"
	done
	ln -sfn "/usr/include/$(gcc -print-multiarch)/asm" \
	    "$SYSTEM/include/asm"
}

# source PACKAGE: fetches it and leaves its directory in $src.
source_of() {
	src=$DISTFILES/$1
	[ -d "$src" ] && return
	sh "$SRCTOP/share/mk/debian.sh" source "$DISTFILES" "$1"
}

# compile FLAGS FILE...: objects into this directory.
compile() {
	flags=$1
	shift
	# Flags are words.
	# shellcheck disable=SC2086
	for f in "$@"; do
		echo "$f"
	done | xargs -P "$JOBS" -I '{}' sh -c '
		o=$(basename "$1")
		shift
		exec "$@" -o "${o%.*}.o"
	' sh '{}' "$cc" $cflags $flags -c '{}'
}

# link_all NAME ARGUMENT...: the program's four forms.  Each runs on the loader
# of the libc that it was linked with.
link_all() {
	name=$1
	shift
	for libc in basalt own; do
		case $libc in
		basalt)	prefix=$MUSL ;;
		own)	prefix=$MUSL_OWN ;;
		esac
		for link in dynamic static; do
			bin=$SYSTEM/$libc-$link
			case $link in
			dynamic) flag=-Wl,-dynamic-linker,$prefix/lib/libc.so ;;
			static)	flag=-static ;;
			esac
			mkdir -p "$bin"
			"$prefix/bin/musl-gcc" "$flag" -o "$bin/$name.new" \
			    "$@"
			mv "$bin/$name.new" "$bin/$name"
		done
	done
}

busybox_objects() {
	source_of busybox || return 9
	make -s -C "$src" "O=$PWD" defconfig </dev/null
	sed "s|^CONFIG_EXTRA_CFLAGS=.*|CONFIG_EXTRA_CFLAGS=\"$cflags\"|" \
	    .config >.config.new
	mv .config.new .config
	make -s -j "$JOBS" "CC=$cc" HOSTCC=gcc SKIP_STRIP=y busybox_unstripped
	rm -rf testsuite
	cp -R "$src/testsuite" testsuite
	mkdir -p scripts
	cp "$src/scripts/echo.c" scripts
}

busybox_link() {
	# The archives hold code for applets that are not in.
	# shellcheck disable=SC2046
	link_all busybox -Wl,--sort-common -Wl,--sort-section,alignment \
	    -Wl,--gc-sections -Wl,--start-group applets/built-in.o \
	    $(find . -name lib.a) -Wl,--end-group
}

lua_objects() {
	source_of lua5.4 || return 9
	# Debian's own header says where its modules lie.
	echo "#define DEB_HOST_MULTIARCH \"musl\"" >lua5.4-deb-multiarch.h
	compile "-I. -DLUA_USE_LINUX -DLUA_COMPAT_5_3" "$src"/src/l*.c
	rm -f luac.o
}

lua_link() {
	link_all lua -Wl,-E ./*.o -lm -ldl
}

mawk_objects() {
	source_of mawk || return 9
	sh "$src/configure" "CC=$cc" "CFLAGS=$cflags" --disable-echo
	make -j "$JOBS" mawk
	# Its tests look beside them for something to read.
	rm -rf test examples
	cp -R "$src/test" "$src/examples" "$src/scan.c" .
}

mawk_link() {
	link_all mawk ./*.o -lm
}

sqlite3_objects() {
	source_of sqlite3 || return 9
	sh "$src/configure" --disable-tcl --disable-readline
	make sqlite3.c shell.c
	# Its own small pool in front of malloc would hide malloc.
	compile "-I. -DSQLITE_THREADSAFE=1 -DSQLITE_OMIT_LOOKASIDE
	    -DSQLITE_ENABLE_RTREE -DSQLITE_ENABLE_FTS5
	    -DSQLITE_ENABLE_MATH_FUNCTIONS" sqlite3.c shell.c "$here/sqlload.c"
}

sqlite3_link() {
	link_all sqlite3 sqlite3.o shell.o -lm -lpthread
	link_all sqlload sqlite3.o sqlload.o -lm -lpthread
}

zstd_objects() {
	source_of libzstd || return 9
	compile "-DZSTD_MULTITHREAD -DXXH_NAMESPACE=ZSTD_ -I$src/lib
	    -DZSTD_LEGACY_SUPPORT=0 -I$src/lib/common -I$src/lib/dictBuilder" \
	    "$src"/lib/common/*.c "$src"/lib/compress/*.c \
	    "$src"/lib/decompress/*.[cS] "$src"/lib/dictBuilder/*.c \
	    "$src"/programs/*.c
}

zstd_link() {
	link_all zstd ./*.o -lpthread
}

redis_objects() {
	source_of redis || return 9
	rm -rf src deps utils
	cp -a "$src/src" "$src/deps" "$src/utils" .
	make -C src -j "$JOBS" "CC=$cc -idirafter $SYSTEM/include" MALLOC=libc \
	    BUILD_TLS=no USE_SYSTEMD=no OPTIMIZATION=-O2 DEBUG= redis-server
}

redis_link() {
	link_all redis-server src/*.o deps/hiredis/libhiredis.a \
	    deps/lua/src/liblua.a deps/hdr_histogram/libhdrhistogram.a \
	    -rdynamic -lm -ldl -lpthread
}

# Programs of our own that do little but allocate, and one that measures.
own_objects() {
	compile "" "$SRCTOP/share/run/mill.c" "$here/heavy.c" "$here/measure.c"
}

own_link() {
	link_all mill mill.o -lpthread
	link_all heavy heavy.o -lpthread
	link_all measure measure.o
}

# key PROGRAM STEP: what decides whether a step must be done again.
key() {
	echo "$cc $cflags"
	sed -n "/^$1_$2()/,/^}/p" "$here/build.sh"
	case $1 in
	sqlite3) cat "$here/sqlload.c" ;;
	own)	cat "$here"/heavy.c "$here"/measure.c "$SRCTOP"/share/run/mill.c ;;
	esac
	[ "$2" = objects ] || {
		sed -n '/^link_all()/,/^}/p' "$here/build.sh"
		cat objects.key "$MUSL"/lib/libc.* "$MUSL_OWN"/lib/libc.*
	}
}

build() {
	mkdir -p "$SYSTEM/obj/$1"
	cd "$SYSTEM/obj/$1"
	exec 9>lock
	flock 9
	for step in objects link; do
		key "$1" $step | cksum >key
		if ! cmp -s key $step.key; then
			rm -f $step.key
			"$1_$step"
			mv key $step.key
		fi
	done
}

# Fails with the reason as its last line; that there is no source is 9.
libc() {
	"$BMAKE" -C "$SRCTOP/lib/libc" musl MUSL_MALLOC=mallocng &&
	    "$BMAKE" -C "$SRCTOP/lib/libc" musl && return
	[ -d "$DISTFILES/musl" ] || return 9
	return 1
}

mkdir -p "$SYSTEM/status"
kernel_headers
for p in "$@"; do
	status=$SYSTEM/status/$p
	if [ "$p" != libc ] && [ "$(cat "$SYSTEM/status/libc")" != ok ]; then
		sed 's/^failed.*/failed: there is no libc/' \
		    "$SYSTEM/status/libc" >"$status"
		continue
	fi
	# A shell obeys -e only where nobody asks how it went.
	set +e
	case $p in
	libc)	(libc) ;;
	*)	(set -e; build "$p") ;;
	esac >"$status.log" 2>&1
	rc=$?
	set -e
	case $rc in
	0)	echo ok ;;
	9)	echo "no source: $(tail -n 1 "$status.log")" ;;
	*)	echo failed ;;
	esac >"$status"
	echo "system: $p: $(cat "$status")"
done

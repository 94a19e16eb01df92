# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Walks up the stack, and what is mapped (tests/os/walk.c, walk_maps.c), in
# programs of the in-tree musl.

. "${BASALT_SRCTOP}/tests/libc/musl.sh"

sources=$BASALT_SRCTOP/tests/os
os=$BASALT_SRCTOP/contrib/basalt/os

# build PROGRAM ARGS...: of PROGRAM.c.
build()
{
	program=$1
	machine=${musl##*/}
	shift
	cc "$program" "$program.c" "$@" -D_GNU_SOURCE \
	    -I"$BASALT_SRCTOP/contrib/basalt" \
	    -I"$BASALT_SRCTOP/lib/libc/$machine/stdlib" \
	    -Wl,--build-id=0x626173616c74210a
}

walk_build()
{
	set --
	# In libc.a they are there already.
	[ "$link" = static ] || set -- "$sources/walk_os.c" \
	    "$os/backtrace.c" "$os/backtrace_stack.c" "$os/eh_frame.c" \
	    "$os/module.c" "$os/maps.c" "$os/file.c"
	build walk "$@" -fomit-frame-pointer -fno-optimize-sibling-calls \
	    -fasynchronous-unwind-tables
}

walks()
{
	walk_build
	for c in plain limits signal gap constructor thread fork; do
		good ./walk "$c"
	done
}

maps()
{
	[ "$link" = static ] || set -- "$os/maps.c" "$os/file.c"
	build walk_maps "$@"
	for c in maps unmapped; do
		good ./walk_maps "$c"
	done
}

library()
{
	walk_build
	lib walklib.so walklib.c -fomit-frame-pointer
	WALK_LIBRARY=$PWD/walklib.so
	export WALK_LIBRARY
	good ./walk library
}

atf_init_test_cases()
{
	each walks "From where that is hard"
	each maps "What is mapped"
	each library "Through a library that comes and goes" \
	    dynamic arm64_dynamic
}

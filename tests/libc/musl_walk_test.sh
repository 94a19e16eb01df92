# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Walks up the stack (tests/os/walk.c, walk_maps.c) in programs of the in-tree musl.

. "${BASALT_SRCTOP}/tests/libc/musl.sh"

build()
{
	os=$BASALT_SRCTOP/contrib/basalt/os
	machine=${musl##*/}
	sources=$BASALT_SRCTOP/tests/os
	set --
	# In libc.a they are there already.
	[ "$link" = static ] || set -- "$sources/walk_os.c" \
	    "$os/backtrace.c" "$os/backtrace_stack.c" "$os/eh_frame.c" \
	    "$os/module.c" "$os/maps.c" "$os/file.c"
	cc walk walk.c "$@" -D_GNU_SOURCE -I"$BASALT_SRCTOP/contrib/basalt" \
	    -I"$BASALT_SRCTOP/lib/libc/$machine/stdlib" \
	    -fomit-frame-pointer -fno-optimize-sibling-calls \
	    -fasynchronous-unwind-tables -Wl,--build-id=0x626173616c74210a
}

walks()
{
	build
	for c in plain limits signal gap constructor thread fork; do
		good ./walk "$c"
	done
}

maps()
{
	build
	[ "$link" = static ] || set -- "$os/maps.c" "$os/file.c"
	cc walk_maps walk_maps.c "$@" -D_GNU_SOURCE \
	    -I"$BASALT_SRCTOP/contrib/basalt" \
	    -I"$BASALT_SRCTOP/lib/libc/$machine/stdlib" \
	    -Wl,--build-id=0x626173616c74210a
	for c in maps unmapped; do
		good ./walk_maps "$c"
	done
}

library()
{
	build
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

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Walks up the stack, in a dynamic and in a static program (walk.c).

CASES="plain limits signal gap constructor thread fork broken"

for c in $CASES library; do
	atf_test_case "$c"
	eval "${c}_head() { atf_set descr 'A walk: $c'; }
	${c}_body() { walk $c; }"
done

walk()
{
	export WALK_LIBRARY="$BASALT_BINDIR/walklib.so"
	atf_check -o inline:'done\n' "$BASALT_BINDIR/walk" "$1"
	[ "$1" = library ] || [ "$1" = broken ] ||
	    [ ! -x "$BASALT_BINDIR/walk_static" ] ||
	    atf_check -o inline:'done\n' "$BASALT_BINDIR/walk_static" "$1"
}

for c in maps unmapped exited; do
	atf_test_case "$c"
	eval "${c}_head() { atf_set descr 'What is mapped: $c'; }
	${c}_body() { maps $c; }"
done

maps()
{
	[ "$1" != exited ] || native "the emulator has a list of its own"
	atf_check -o inline:'done\n' "$BASALT_BINDIR/walk_maps" "$1"
	[ ! -x "$BASALT_BINDIR/walk_maps_static" ] ||
	    atf_check -o inline:'done\n' "$BASALT_BINDIR/walk_maps_static" "$1"
}

atf_test_case no_proc
no_proc_head()
{
	atf_set descr "The dynamic linker tells of files where there is no /proc"
}
no_proc_body()
{
	need_no_proc
	[ -x "$BASALT_BINDIR/walk_stacks" ] ||
	    atf_skip "sanitizers want a /proc themselves"
	for c in plain signal gap thread fork; do
		atf_check -o inline:'done\n' unshare -m sh -c \
		    "$hide && exec '$BASALT_BINDIR/walk' $c"
	done
}

atf_test_case stacks
stacks_head()
{
	atf_set descr "On stacks of their own, almost used up"
}
stacks_body()
{
	[ -x "$BASALT_BINDIR/walk_stacks" ] ||
	    atf_skip "sanitizers want more of a stack"
	for p in walk_stacks walk_stacks_static; do
		atf_check -o inline:'done\n' "$BASALT_BINDIR/$p"
	done
}

atf_test_case throw
throw_head()
{
	atf_set descr "While C++ exceptions are thrown"
}
throw_body()
{
	need_cxx
	atf_check -o inline:'done\n' "$BASALT_BINDIR/walk_throw"
}

atf_init_test_cases()
{
	for c in $CASES library maps unmapped exited no_proc stacks throw; do
		atf_add_test_case "$c"
	done
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What stands before every sh test.  The same text is run on the library and on
# each libc that has basalt in it; the environment says which:
#
# BASALT_SUITE		library, or the name of the suite
# BASALT_BINDIR		the helper programs; where an emulator is needed, each
#			is a script that starts it
# BASALT_PRELOAD	for env: what puts a program that knows nothing of
#			basalt on it.  In-tree it already is
# BASALT_LINK		in-tree: dynamic or static
# BASALT_RUN		what stands before each program: an emulator, or nothing
# BASALT_SCALE		divides what a test does a number of times

# Is it libc's own malloc?
in_tree()
{
	[ -n "${BASALT_LINK-}" ]
}

# Do processors and kernels of others only play a part?
emulated()
{
	[ -n "${BASALT_RUN-}" ]
}

# What forkstorm must be told of the in-tree libc.
modest=
! in_tree || modest=-m

# Can programs of this machine be run on it?
foreign()
{
	! in_tree && ! emulated
}

# The programs that this machine has are what is tested.
need_foreign()
{
	foreign || atf_skip "programs of this machine cannot be run on it"
}

# native REASON: there is no point in going on under an emulator.
native()
{
	! emulated || atf_skip "under an emulator: $1"
}

# need_no_proc [DIRECTORY...]: $hide is what a shell under "unshare -m" says to
# have no /proc, and nothing in those directories either.
need_no_proc()
{
	native "it needs a /proc itself"
	hide="mount --make-rprivate /"
	# mount may want a /proc: that goes last.
	for dir in "$@" /proc; do
		hide="$hide && mount -t tmpfs none $dir"
	done
	unshare -m sh -c "$hide && test ! -e /proc/self" 2>/dev/null ||
	    atf_skip "needs the right to hide /proc"
}

# A program in C++ has its library to link with.
need_cxx()
{
	! in_tree || atf_skip "there is no C++ library for the in-tree libc"
}

# A static program loads nothing.
need_dynamic()
{
	[ "${BASALT_LINK-}" != static ] ||
	    atf_skip "a static program loads no libraries"
}

# scaled NUMBER: as often as there is time for, an even number of times.
scaled()
{
	n=$(($1 / ${BASALT_SCALE:-1} / 2 * 2))
	[ "$n" -gt 0 ] || n=2
	echo "$n"
}

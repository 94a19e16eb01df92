# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What the tests of the system share; each reads it in.  The programs are those
# that build.sh has made.

system=${BASALT_BINDIR%/tests/bin}/system
here=$BASALT_SRCTOP/tests/system

# need PROGRAM: the case ends when it was not built: as skipped if its source
# could not be had, as failed if it did not compile.
need()
{
	status=not
	[ ! -f "$system/status/$1" ] || status=$(cat "$system/status/$1")
	case $status in
	ok)
		;;
	not)
		atf_skip "$1 was not built (target system)"
		;;
	failed*)
		tail -n 40 "$system/status/$1.log"
		atf_fail "$1 did not compile: the log's end is above"
		;;
	*)
		atf_skip "$1: $status"
		;;
	esac
}

# both NAME DESCRIPTION [CLEANUP]: a case for dynamic programs and one for
# static ones; NAME is called with the word, CLEANUP after the case.
both()
{
	for link in dynamic static; do
		eval "$(cat <<-END
			atf_test_case $1_$link ${3:+cleanup}
			$1_${link}_head()
			{
				atf_set descr "$2 ($link)"
				atf_set timeout 1800
			}
			$1_${link}_body()
			{
				$1 $link
			}
			$1_${link}_cleanup()
			{
				${3:-true}
			}
		END
		)"
		cases="${cases-} $1_$link"
	done
}

atf_init_test_cases()
{
	for case in $cases; do
		atf_add_test_case "$case"
	done
}

# same LINK PROGRAM ARGUMENT...: it succeeds with musl's own malloc, and says
# the same with basalt.  What it said is left in `said'.
same()
{
	link=$1
	prog=$2
	shift 2
	"$system/own-$link/$prog" "$@" >said 2>said.err </dev/null || {
		cat said.err
		atf_fail "$prog fails with musl's own malloc"
	}
	atf_check -o file:said -e file:said.err \
	    "$system/basalt-$link/$prog" "$@" </dev/null
}

# options COMMAND...: it succeeds with each of these settings.
options()
{
	for conf in junk:true dirty_decay_ms:0,muzzy_decay_ms:0,retain:false \
	    tcache:false,narenas:1 background_thread:true \
	    thp:never,san_guard_small:16,san_guard_large:4; do
		MALLOC_CONF=$conf "$@" || atf_fail "with $conf: $*"
	done
}

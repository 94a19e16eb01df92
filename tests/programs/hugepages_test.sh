# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# A program does the same work with huge pages and without, whatever the
# kernel offers and the options say.

THP=/sys/kernel/mm/transparent_hugepage

# work CONF ARGS...: run it; $sum, $huge (KiB) and $aligned are what it said.
work()
{
	conf=$1
	shift
	env "$BASALT_PRELOAD" MALLOC_CONF="$conf" \
	    "${BASALT_BINDIR}/hugework" "$@" >said 2>errors || {
		grep -q 'no such setting' errors && return 1
		cat said errors
		atf_fail "hugework $*, MALLOC_CONF=$conf"
	}
	tell
}

tell()
{
	sum=$(sed -n 's/^sum //p' said)
	huge=$(sed -n 's/^huge //p' said)
	aligned=$(sed -n 's/^aligned //p' said)
	[ -n "$sum" ] || atf_fail "it said nothing"
}

# The word in brackets of a file.
word()
{
	sed -n 's/.*\[\(.*\)\].*/\1/p' "$1" 2>/dev/null
}

# offers always|advice: does the kernel give 2 MiB pages to all, or to those
# who ask for them?
offers()
{
	[ "$(cat $THP/hpage_pmd_size 2>/dev/null)" = 2097152 ] || return 1
	how=inherit
	[ ! -e $THP/hugepages-2048kB/enabled ] ||
	    how=$(word $THP/hugepages-2048kB/enabled)
	[ "$how" != inherit ] || how=$(word $THP/enabled)
	case $1,$how in
	*,always | advice,madvise)
		return 0;;
	esac
	return 1
}

need_huge()
{
	native "the kernel sees the emulator's memory"
	[ -r /proc/self/smaps ] || atf_skip "no /proc/self/smaps"
	offers advice || atf_skip "this machine offers no huge pages of 2 MiB"
}

# A mount namespace, where the program's /sys may be another.
need_mounts()
{
	native "mounts are the machine's"
	inside="unshare -m"
	$inside true 2>/dev/null || inside="unshare -rm"
	$inside mount -t tmpfs none /sys 2>/dev/null ||
	    atf_skip "no file system can be mounted here"
}

# with_sys CONF: work, where /sys is what the directory sys has, or nothing.
with_sys()
{
	# shellcheck disable=SC2016
	$inside sh -c 'here=$PWD && mount -t tmpfs none /sys &&
	    { [ ! -d "$here/sys" ] || cp -r "$here/sys/." /sys; } &&
	    exec env "$1" MALLOC_CONF="$2" "$3"' sh "$BASALT_PRELOAD" \
	    "$1" "${BASALT_BINDIR}/hugework" >said 2>errors || {
		cat said errors
		atf_fail "hugework with another /sys, MALLOC_CONF=$1"
	}
	tell
}

# sys_make ENABLED LARGEST [KIB WORD]...: what sys has.
sys_make()
{
	rm -rf sys
	mkdir -p sys/kernel/mm/transparent_hugepage
	echo "[$1]" >sys/kernel/mm/transparent_hugepage/enabled
	echo "$2" >sys/kernel/mm/transparent_hugepage/hpage_pmd_size
	shift 2
	while [ $# -gt 0 ]; do
		mkdir "sys/kernel/mm/transparent_hugepage/hugepages-$1kB"
		echo "[$2]" >"sys/kernel/mm/transparent_hugepage/hugepages-$1kB/enabled"
		shift 2
	done
}

atf_test_case same
same_head()
{
	atf_set descr "Each option, in a process with huge pages and in one" \
	    "without: the same results"
}
same_body()
{
	work thp:default
	first=$sum
	for conf in thp:default thp:always thp:never \
	    thp:always,metadata_thp:always,retain:false \
	    hpa:true,hpa_hugify_style:eager,abort_conf:false; do
		for how in "" -d -a; do
			# An emulator does not follow it into itself.
			emulated && [ -n "$how" ] && continue
			# shellcheck disable=SC2086
			work $conf $how || continue
			[ "$sum" = "$first" ] ||
			    atf_fail "$conf $how: $sum, not $first"
		done
	done
}

atf_test_case asked
asked_head()
{
	atf_set descr "Where the kernel has huge pages they are there"
}
asked_body()
{
	need_huge
	for conf in thp:default thp:always hpa:true,hpa_hugify_style:eager
	do
		work $conf
		[ "$huge" -gt 0 ] || atf_fail "$conf: none"
		[ $conf != thp:default ] || some=$huge
		[ $conf != thp:always ] || [ "$huge" -gt "$some" ] ||
		    atf_fail "always $huge KiB, by default $some KiB"
	done
	# Linux 6.18: none but where they are asked for.
	if work thp:always -a; then
		[ "$huge" -gt 0 ] || atf_fail "not even where asked for"
		work thp:never -a
		[ "$huge" -eq 0 ] || atf_fail "never, not asked: $huge KiB"
	fi
}

atf_test_case none
none_head()
{
	atf_set descr "With thp:never, and in a process that may not, there" \
	    "are none"
}
none_body()
{
	need_huge
	work thp:never
	[ "$huge" -eq 0 ] || atf_fail "thp:never: $huge KiB"
	for conf in thp:default thp:always hpa:true,abort_conf:false; do
		work $conf -d
		[ "$huge" -eq 0 ] || atf_fail "$conf -d: $huge KiB"
	done
	grep -q 'No huge pages of 2 MiB here: hpa is off' errors ||
	    atf_fail "it did not say so of hpa"
}

atf_test_case no_sys
no_sys_head()
{
	atf_set descr "No /sys at all: huge pages count as absent"
}
no_sys_body()
{
	need_mounts
	work thp:default
	first=$sum
	for conf in thp:default thp:always thp:never hpa:true; do
		with_sys $conf
		[ "$sum" = "$first" ] || atf_fail "$conf: $sum, not $first"
		offers always || [ $conf = thp:always ] ||
		    [ "$huge" -le 0 ] || atf_fail "$conf: $huge KiB"
	done
	grep -q 'No huge pages of 2 MiB here: hpa is off' errors ||
	    atf_fail "it did not say so of hpa"
}

# offered CONF SIZES: what the report says that advice may get.
offered()
{
	with_sys "$1,stats_print:true,stats_print_opts:mdablx"
	grep -q "^  system.thp_sizes: \"$2\"" errors || {
		grep "^  system" errors
		atf_fail "offered are not $2"
	}
	[ "$sum" = "$first" ] || atf_fail "$1: $sum, not $first"
}

hpa_is()
{
	with_sys "hpa:true,stats_print:true,stats_print_opts:mdablx"
	grep -q "^  opt.hpa: $1" errors || atf_fail "hpa is not $1"
	[ "$sum" = "$first" ] || atf_fail "hpa: $sum, not $first"
}

atf_test_case other_sys
other_sys_head()
{
	atf_set descr "Kernels that offer other sizes, or none"
	atf_set timeout 600
}
other_sys_body()
{
	need_mounts
	work thp:default
	first=$sum

	sys_make never 2097152
	offered thp:default none
	offers always || [ "$huge" -le 0 ] || atf_fail "asked, $huge KiB"
	hpa_is false
	sys_make madvise 2097152
	offered thp:default 2097152
	hpa_is true
	sys_make madvise 2097152 2048 inherit 64 madvise
	offered thp:default 2097152
	sys_make never 2097152 2048 inherit 64 madvise 16 always
	offered thp:default 65536
	hpa_is false
	sys_make always 2097152 2048 never 64 never
	offered thp:default none
	[ "$(getconf PAGESIZE)" -lt 16384 ] || return 0

	sys_make madvise 33554432 32768 inherit 2048 never
	offered thp:default 33554432
	hpa_is false
	sys_make madvise 33554432 32768 inherit 2048 madvise
	offered thp:default "2097152 33554432"
	hpa_is true
	offered thp:always "2097152 33554432"
	[ "$aligned" = "2 of 2" ] || atf_fail "aligned $aligned"
}

atf_init_test_cases()
{
	atf_add_test_case same
	atf_add_test_case asked
	atf_add_test_case none
	atf_add_test_case no_sys
	atf_add_test_case other_sys
}

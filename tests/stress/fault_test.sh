# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Calls for memory fail, one at a time and from one on, from the first call of
# the process: no crash, no hang, no damage, and all is well afterwards.

program=${BASALT_BINDIR}/faultwork
# Before what is loaded anyway.
preload=${BASALT_PRELOAD%=*}=${BASALT_BINDIR}/libfaults.so:${BASALT_PRELOAD##*=}

# with_library call first last: by a library that stands before the allocator.
with_library()
{
	env "$preload" MALLOC_CONF="$conf" FAULT_CALL="$1" \
	    FAULT_FIRST="$2" FAULT_LAST="$3" timeout 60 "$program"
}

# with_tracer call first last: by a tracer, for what is in a libc.  It counts
# each kind of call, and each thread's, by itself; -D makes it the child, so
# that it may end before the program.
with_tracer()
{
	set=$1
	[ "$set" = any ] && set=mmap,munmap,mprotect,madvise,mremap
	case $3 in
	0)	inject=;;
	"$2")	inject=inject=$set:error=ENOMEM:when=$2;;
	*)	inject=inject=$set:error=ENOMEM:when=$2+;;
	esac
	env MALLOC_CONF="$conf" timeout 60 strace -D -I 2 -qq -f \
	    -o trace -e "trace=$set" ${inject:+-e "$inject"} "$program"
}

# What brings the failures, and how many there can be.
if in_tree; then
	faults=with_tracer
	most=40
else
	faults=with_library
	most=200
fi

# work call first last: the program with these failures.  A refusal of the
# dynamic linker to start without memory is an answer too; it gives 127.
work()
{
	$faults "$@" >out 2>err
	status=$?
	[ "$status" -eq 0 ] && return
	[ "$status" -eq 127 ] && grep -q 'cannot \|^Error ' err && return
	cat out err
	echo "status $status of MALLOC_CONF=$conf $faults $*"
	bad=$((bad + 1))
	[ "$bad" -lt 5 ] || atf_fail "$bad runs failed"
}

# calls_made call: in the last run
calls_made()
{
	if in_tree; then
		sed 's/^[0-9]* *//; s/(.*//' trace | sort | uniq -c |
		    sort -n | awk 'END { print $1 + 0 }'
	else
		sed -n 's/.*calls \([0-9]*\) .*/\1/p' out
	fi
}

# sweep call: as many runs as there are calls, up to a bound.
sweep()
{
	! in_tree || native "its own calls for memory would fail"
	! in_tree || command -v strace >/dev/null ||
	    atf_skip "there is no strace"
	bad=0
	singly=$(scaled 20)
	step=$((2 + ${BASALT_SCALE:-1}))
	work "$1" 0 0
	calls=$(calls_made)
	echo "$1: $calls calls"
	n=1
	while [ "$n" -le "$calls" ] && [ "$n" -le "$most" ]; do
		work "$1" "$n" "$n"
		work "$1" "$n" 999999999
		if [ "$n" -gt "$singly" ]; then
			n=$((n + step))
		else
			n=$((n + 1))
		fi
	done
	[ "$bad" -eq 0 ] || atf_fail "$bad runs failed"
}

cases=
sweep_case()
{
	eval "atf_test_case $1
	$1_head()
	{
		atf_set descr 'Failures of $2, options \"$3\"'
	}
	$1_body()
	{
		conf='$3'
		sweep $2
	}"
	cases="$cases $1"
}

sweep_case mmap mmap ""
sweep_case munmap munmap ""
sweep_case mprotect mprotect ""
sweep_case madvise madvise ""
sweep_case mremap mremap ""
sweep_case any any ""
sweep_case any_no_decay any "dirty_decay_ms:0,muzzy_decay_ms:0"
sweep_case any_no_retain any "retain:false,dirty_decay_ms:0"
sweep_case guards mprotect \
    "san_guard_small:2,san_guard_large:2,dirty_decay_ms:0"
sweep_case background any "background_thread:true,dirty_decay_ms:100"

atf_init_test_cases()
{
	for c in $cases; do
		atf_add_test_case "$c"
	done
}

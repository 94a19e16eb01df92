# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Calls for memory fail, one at a time and from one on, from the first call of
# the process: no crash, no hang, no damage, and all is well afterwards.

preload=${BASALT_BINDIR}/libfaults.so:${BASALT_LIBDIR}/libbasalt.so.1

# work call first last: the program with these failures.  A refusal of the
# dynamic linker to start without memory is an answer too; it gives 127.
work()
{
	env LD_PRELOAD="$preload" MALLOC_CONF="$conf" FAULT_CALL="$1" \
	    FAULT_FIRST="$2" FAULT_LAST="$3" \
	    timeout 60 "${BASALT_BINDIR}/faultwork" >out 2>err
	status=$?
	[ "$status" -eq 0 ] && return
	[ "$status" -eq 127 ] && grep -q 'cannot ' err && return
	cat out err
	echo "status $status of LD_PRELOAD=$preload MALLOC_CONF=$conf" \
	    "FAULT_CALL=$1 FAULT_FIRST=$2 FAULT_LAST=$3"
	bad=$((bad + 1))
	[ "$bad" -lt 5 ] || atf_fail "$bad runs failed"
}

# sweep call: as many runs as there are calls, at most 200 of each kind.
sweep()
{
	bad=0
	work "$1" 0 0
	calls=$(sed -n 's/.*calls \([0-9]*\) .*/\1/p' out)
	echo "$1: $calls calls"
	n=1
	while [ "$n" -le "$calls" ] && [ "$n" -le 200 ]; do
		work "$1" "$n" "$n"
		work "$1" "$n" 999999999
		[ "$n" -gt 20 ] && n=$((n + 2))
		n=$((n + 1))
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

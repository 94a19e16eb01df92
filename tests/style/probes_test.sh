# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The places in the library where a tracer may look in: what their notes say
# and, where the kernel lets it, what a tracer sees.

lib=$BASALT_LIBDIR/libbasalt.so.1

# Provider, name and arguments; each with the address of its nop and where its
# word is in memory.
notes()
{
	readelf -n "$lib" | awk '
	$1 == "Provider:" { provider = $2 }
	$1 == "Name:" { name = $2 }
	$1 == "Location:" { at = $2; word = $6; sub(/,/, "", at) }
	$1 == "Arguments:" { print provider, name, NF - 1, at, word }'
}

atf_test_case notes
notes_head()
{
	atf_set descr "Each has a note; each note tells of a nop and a word"
}
notes_body()
{
	cat >expected <<-'END'
	basalt flush 2
	basalt page_map 2
	basalt page_purge 3
	basalt page_unmap 2
	basalt refill 2
	basalt slab_free 2
	basalt slab_make 2
	END
	# As the contract of others has them, where objects are sampled.
	grep -rqs 'probe_alloc(' "$BASALT_SRCTOP"/contrib/basalt/watch &&
	    printf 'otel_memory alloc 3\notel_memory free 1\n' >>expected
	notes >found
	cut -d ' ' -f 1-3 found | sort -u >names
	sort -o expected expected
	atf_check cmp expected names
	# Address and size of the section that the words are in.
	readelf -SW "$lib" | sed -n 's/.* \.probes *PROGBITS *//p' |
	    while read -r address _ size _; do
		echo "$((0x$address)) $((0x$address + 0x$size))"
	done >section
	read -r low high <section
	while read -r _ name _ at word; do
		[ $((word)) -ge "$low" ] && [ $((word)) -lt "$high" ] ||
		    atf_fail "$name: no word at $word"
		objdump -d --start-address="$at" \
		    --stop-address=$((at + 4)) "$lib" >code
		grep -q '[[:space:]]nop' code || {
			cat code
			atf_fail "$name: no nop at $at"
		}
	done <found
}

# Where a kernel that has the call counts how often one is passed.
events=/sys/kernel/tracing/uprobe_events
group=basalt_test_$$

atf_test_case traced cleanup
traced_head()
{
	atf_set descr "A tracer sees them, and how often"
	atf_set require.user root
}
traced_body()
{
	[ -z "${BASALT_RUN-}" ] || atf_skip "an emulator has no such kernel"
	[ -w $events ] || atf_skip "this kernel has no uprobes"
	command -v perf >/dev/null || atf_skip "there is no perf"
	notes >found
	events_forget
	echo "$group" >group
	# The file's offset of what is at an address is asked of its headers.
	n=0
	while read -r _ name _ at word; do
		n=$((n + 1))
		echo "p:$group/$name$n $lib:$(offset_of "$at")($(offset_of \
		    "$word"))" >>$events 2>/dev/null || {
			traced_cleanup
			atf_skip "the kernel does not let us"
		}
	done <found
	list=$(sed -n "s,^p:\($group\)/\([^ ]*\).*,\1:\2,p" $events |
	    paste -sd , -)
	perf stat -o counts -x , -e "$list" env LD_PRELOAD="$lib" awk 'BEGIN {
		for (i = 0; i < 100000; i++)
			a[i] = i ""
	}'
	status=$?
	traced_cleanup
	[ $status -eq 0 ] || atf_fail "perf failed"
	cat counts
	for name in refill slab_make page_map; do
		awk -F , -v name="$name" '$3 ~ name && $1 > 0 { n++ }
		    END { exit !n }' counts || atf_fail "no $name was seen"
	done
}
traced_cleanup()
{
	[ -r group ] && read -r group <group
	events_forget
}

# Ours, and what a run has left that was broken off.
events_forget()
{
	sed -n "s,^p:\(basalt_test_[0-9]*/[^ ]*\).*,\1,p" $events |
	    while read -r event; do
		pid=${event%%/*}
		pid=${pid#basalt_test_}
		[ "${event%%/*}" = "$group" ] || ! kill -0 "$pid" 2>/dev/null ||
		    continue
		echo "-:$event" >>$events
	done
}

offset_of()
{
	readelf -lW "$lib" | awk '$1 == "LOAD" { print $2, $3, $6 }' |
	    while read -r offset address size; do
		[ $(($1)) -lt $((address)) ] ||
		    [ $(($1)) -ge $((address + size)) ] ||
		    printf '0x%x' $(($1 - address + offset))
	done
}

atf_init_test_cases()
{
	atf_add_test_case notes
	atf_add_test_case traced
}

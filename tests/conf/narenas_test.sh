# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# How many arenas there are where nobody says a number: as many as processors
# that the process may really use.

show="${BASALT_BINDIR}/conf_show"

# narenas number command...: the command ends in a show.
narenas()
{
	number=$1
	shift
	atf_check -o save:out "$@"
	atf_check -o inline:"narenas: $number\n" grep '^narenas:' out
}

# A number that is not less than the processors' is no bound.
least()
{
	if [ "$1" -lt "$(nproc)" ]; then
		echo "$1"
	else
		nproc
	fi
}

atf_test_case affinity
affinity_head()
{
	atf_set descr "By the processors that it may run on"
}
affinity_body()
{
	first=$(taskset -cp $$ | sed 's/.*: *//; s/[-,].*//')

	narenas "$(nproc)" "$show"
	narenas 1 taskset -c "$first" "$show"
	narenas $(($(nproc) * 3)) env MALLOC_CONF=narenas_ratio:3 "$show"
	narenas 3 env MALLOC_CONF=narenas_ratio:2.6 \
	    taskset -c "$first" "$show"
	narenas 1 env MALLOC_CONF=narenas_ratio:0.01 "$show"
	narenas 7 env MALLOC_CONF=narenas_ratio:3,narenas:7 "$show"
}

# quota number file text [file text]: in a control group with those files.
quota()
{
	expect=$1
	shift
	make="mount --make-rprivate / &&
	    mount -t tmpfs none /sys/fs/cgroup && cd /sys/fs/cgroup &&
	    mkdir cpu"
	while [ $# -gt 0 ]; do
		make="$make && echo '$2' >$1"
		shift 2
	done
	narenas "$expect" unshare -m sh -c "$make && exec '$show'"
}

atf_test_case quota
quota_head()
{
	atf_set descr "By the time that its control group has"
}
quota_body()
{
	if ! unshare -m sh -c "mount --make-rprivate / &&
	    mount -t tmpfs none /sys/fs/cgroup" 2>/dev/null; then
		atf_skip "needs the right to hide /sys/fs/cgroup"
	fi
	quota "$(nproc)" cpu.max "max 100000"
	quota 1 cpu.max "50000 100000"
	quota 1 cpu.max "100000 100000"
	quota "$(least 2)" cpu.max "100001 100000"
	quota "$(nproc)" cpu.max "100000000 100000"
	quota "$(nproc)" cpu/cpu.cfs_quota_us -1 \
	    cpu/cpu.cfs_period_us 100000
	quota 1 cpu/cpu.cfs_quota_us 70000 cpu/cpu.cfs_period_us 100000
	quota "$(nproc)" cpu/other 1
}

atf_test_case percpu
percpu_head()
{
	atf_set descr "By the processors of the machine, for percpu_arena"
}
percpu_body()
{
	first=$(taskset -cp $$ | sed 's/.*: *//; s/[-,].*//')
	atf_check -o save:all env MALLOC_CONF=percpu_arena:percpu "$show"
	all=$(sed -n 's/^narenas: //p' all)
	[ "$all" -ge "$(nproc)" ] || atf_fail "$all arenas"

	# Today's affinity is not tomorrow's, where the kernel tells more.
	[ -r /sys/devices/system/cpu/possible ] ||
	    atf_skip "no /sys to tell how many processors there may be"
	narenas "$all" env MALLOC_CONF=percpu_arena:percpu \
	    taskset -c "$first" "$show"
	narenas "$(((all + 1) / 2))" env MALLOC_CONF=percpu_arena:phycpu \
	    taskset -c "$first" "$show"
	narenas "$((all + 5))" env \
	    MALLOC_CONF="percpu_arena:percpu,narenas:$((all + 5))" "$show"
}

atf_init_test_cases()
{
	atf_add_test_case affinity
	atf_add_test_case quota
	atf_add_test_case percpu
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Short runs of the shadow oracle; soak.sh has the long ones.

# oracle conf arguments...: no violation, and nothing was refused.  The last
# of several -n is the one that counts.
oracle()
{
	conf=$1
	shift
	ops=$(echo "$*" | sed 's/.*-n \([0-9]*\).*/\1/')
	atf_check -o save:out env MALLOC_CONF="$conf" \
	    "${BASALT_BINDIR}/oracle" -c "$@" \
	    -n "$(scaled "$ops")"
	cat out
	atf_check -o match:"nulls 0 violations 0" cat out
}

# run name description conf arguments...: a case of its own.
run()
{
	eval "atf_test_case $1
	$1_head()
	{
		atf_set descr \"$2\"
	}
	$1_body()
	{
		oracle '$3' $4
	}"
	cases="$cases $1"
}

cases=
run one_thread "One thread" "" "-t 1 -n 3000000 -s 1"
run threads "Four threads that hand blocks on" "" "-t 4 -n 8000000 -s 2"
run many_threads "Forty threads" "" "-t 40 -n 4000000 -s 3"
run small "Small sizes alone" "" "-t 4 -n 8000000 -s 4 -m 200"
run large "Up to 32 MiB" "" "-t 2 -n 600000 -s 5 -m 33554432"
run no_cache "No thread caches" "tcache:false" "-t 4 -n 2000000 -s 6"
run small_cache "Caches for the smallest alone" "tcache_max:64" \
    "-t 4 -n 2000000 -s 7"
run one_arena "One arena" "narenas:1" "-t 4 -n 2000000 -s 8"
run per_cpu "An arena a processor" "percpu_arena:percpu" \
    "-t 8 -n 2000000 -s 15"
run per_core "An arena a core" "percpu_arena:phycpu,narenas:1" \
    "-t 8 -n 2000000 -s 16"
run shards "Several bins a class" "narenas:2,bin_shards:1-16384:5" \
    "-t 8 -n 2000000 -s 17"
run slab_least "Slabs as small as can be" "slab_sizes:1-16384:1" \
    "-t 4 -n 2000000 -s 18"
run slab_most "Slabs as large as can be" "slab_sizes:1-16384:16" \
    "-t 4 -n 2000000 -s 19"
run oversize "An arena for what is oversize" "oversize_threshold:65536" \
    "-t 4 -n 600000 -s 20 -m 33554432"
run no_decay "Pages go back at once" "dirty_decay_ms:0,muzzy_decay_ms:0" \
    "-t 4 -n 1000000 -s 9"
run muzzy "Lazy purging first" "dirty_decay_ms:20,muzzy_decay_ms:20" \
    "-t 4 -n 2000000 -s 10"
run no_retain "Address space goes back too" \
    "retain:false,dirty_decay_ms:0" "-t 4 -n 1000000 -s 11"
run huge_pages "Huge pages wherever possible" "thp:always" \
    "-t 4 -n 2000000 -s 12"
run no_huge_pages "No huge pages" "thp:never" "-t 4 -n 2000000 -s 13"
run flags "Arenas and caches that calls name" "" "-x -t 6 -n 4000000 -s 21"
run flags_large "The same up to 32 MiB" "dirty_decay_ms:100" \
    "-x -t 2 -n 600000 -s 22 -m 33554432"
run flags_no_cache "The same without the threads' caches" "tcache:false" \
    "-x -t 4 -n 2000000 -s 23"
run guards "Guards around one in three" \
    "san_guard_small:3,san_guard_large:3,dirty_decay_ms:50" \
    "-t 4 -n 600000 -s 24 -m 4194304"
run junk "Junk on allocation and on free" "junk:true" \
    "-t 4 -n 1000000 -s 14"

atf_init_test_cases()
{
	for c in $cases; do
		atf_add_test_case "$c"
	done
}

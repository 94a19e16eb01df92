# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Arenas that come and go while others purge them and read their statistics.

arenas()
{
	n=$(scaled 40)
	atf_check -o match:"destroys $((n * 6)) wrong 0" \
	    env MALLOC_CONF="$1" "${BASALT_BINDIR}/tsan_arenas" "$n"
}

atf_test_case plain
plain_head()
{
	atf_set descr "As it is without options"
}
plain_body()
{
	arenas ""
}

atf_test_case at_once
at_once_head()
{
	atf_set descr "Pages and address space go back at once"
}
at_once_body()
{
	arenas "dirty_decay_ms:0,retain:false"
}

atf_test_case shards
shards_head()
{
	atf_set descr "Several bins a class, an arena for what is oversize"
}
shards_body()
{
	arenas "bin_shards:1-1024:4,oversize_threshold:1048576,narenas:1"
}

atf_init_test_cases()
{
	atf_add_test_case plain
	atf_add_test_case at_once
	atf_add_test_case shards
}

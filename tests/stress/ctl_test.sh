# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Control names are read and set while threads allocate.

ctl()
{
	atf_check -o match:"read and set, 0 wrong" env MALLOC_CONF="$1" \
	    "${BASALT_BINDIR}/tsan_ctl" "$(scaled 60)"
}

atf_test_case plain
plain_head()
{
	atf_set descr "As it is without options"
}
plain_body()
{
	ctl ""
}

atf_test_case at_once
at_once_head()
{
	atf_set descr "Several bins a class, address space goes back at once"
}
at_once_body()
{
	ctl "bin_shards:1-1024:4,dirty_decay_ms:0"
}

atf_test_case slow
slow_head()
{
	atf_set descr "Every call goes the slow way"
}
slow_body()
{
	ctl "junk:true"
}

atf_init_test_cases()
{
	atf_add_test_case plain
	atf_add_test_case at_once
	atf_add_test_case slow
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Options that change what an object gets.

# sizes CONF FILE: what it shows is what the file has.
sizes()
{
	MALLOC_CONF="$1" "$BASALT_BINDIR/conf_size" 100000 1048576 1048577 \
	    1310721 5000001 9000001 2000001 >shown ||
	    atf_fail "$1: the program failed"
	atf_check -o "file:$2" cat shown
}

pages_make()
{
	cat >pages <<-'END'
		100000 114688 114688 114688 114688
		1048576 1048576 1048576 1048576 1048576
		1048577 1052672 1052672 1052672 1052672
		1310721 1314816 1314816 1314816 1314816
		5000001 5001216 5001216 5001216 5001216
		9000001 9003008 9003008 9003008 9003008
		2000001 2002944 2002944 2002944 2002944
	END
}

atf_test_case classes
classes_head()
{
	atf_set descr "disable_large_size_classes: pages, or four a doubling"
}
classes_body()
{
	pages_make
	cat >classes <<-'END'
		100000 114688 114688 114688 114688
		1048576 1048576 1048576 1048576 1048576
		1048577 1310720 1310720 1310720 1310720
		1310721 1572864 1572864 1572864 1572864
		5000001 5242880 5242880 5242880 5242880
		9000001 10485760 10485760 10485760 10485760
		2000001 2097152 2097152 2097152 2097152
	END
	sizes "" pages
	sizes disable_large_size_classes:true pages
	sizes disable_large_size_classes:false classes
}

atf_test_case zeros
zeros_head()
{
	atf_set descr "calloc_madvise_threshold: zeros either way"
}
zeros_body()
{
	pages_make
	for n in 0 1000000 0x7000000000000000; do
		sizes calloc_madvise_threshold:$n pages
	done
}

atf_test_case xmalloc
xmalloc_head()
{
	atf_set descr "xmalloc: no memory is the end"
}
xmalloc_body()
{
	MALLOC_CONF=xmalloc:true atf_check -s signal:6 \
	    -e match:'^<basalt>: conf_size\[[0-9]+\]: malloc\(\): out of memory$' \
	    "$BASALT_BINDIR/conf_size" 0x7000000000000001
	atf_check -s exit:1 -e match:'^conf_size: ' \
	    "$BASALT_BINDIR/conf_size" 0x7000000000000001
}

atf_init_test_cases()
{
	atf_add_test_case xmalloc
	atf_add_test_case classes
	atf_add_test_case zeros
}

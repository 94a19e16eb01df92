# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Programs written for jemalloc: compiled against its own header and linked
# to its library they run on ours, installed under its name; and the other way
# round they compile against our header.

source=${BASALT_SRCTOP}/tests/programs/jemalloc_use.c
flags="-std=gnu11 -Wall -Wextra -Werror -fno-builtin"

# Into ./root, from what is built already.
install_names()
{
	atf_check -o ignore -e ignore "${MAKE:-bmake}" -C "$BASALT_SRCTOP" \
	    OBJTOP="${BASALT_LIBDIR%/lib/libbasalt}" DESTDIR="$PWD/root" \
	    PREFIX=/usr LIBDIR=/usr/lib WITH_JEMALLOC_NAMES=yes install
}

has_theirs()
{
	printf '#include <jemalloc/jemalloc.h>\n' |
	    ${CC:-cc} -E - >/dev/null 2>&1
}

# One case, since two installations at once would be in each other's way.
atf_test_case drop_in
drop_in_head()
{
	atf_set descr "Either header, our libjemalloc.so.2"
	atf_set require.progs "${MAKE:-bmake}"
}
drop_in_body()
{
	need_foreign
	install_names
	atf_check ${CC:-cc} $flags -I"$PWD/root/usr/include" -o use_ours \
	    "$source" -L"$PWD/root/usr/lib" -ljemalloc \
	    -Wl,-rpath,"$PWD/root/usr/lib"
	atf_check -o save:ours ./use_ours
	atf_check -o match:"libjemalloc.so.2" readelf -d use_ours

	has_theirs || atf_skip "jemalloc's header is not installed"
	atf_check ${CC:-cc} $flags -o use "$source" -ljemalloc
	atf_check -o save:theirs ./use
	atf_check -o file:ours env LD_LIBRARY_PATH="$PWD/root/usr/lib" ./use
	# Otherwise it was the same library all along.
	atf_check -s exit:1 -o ignore cmp theirs ours
}

atf_test_case in_place
in_place_head()
{
	atf_set descr "Our header, our library or libc as they are built"
}
in_place_body()
{
	atf_check -o match:'[0-9]' "${BASALT_BINDIR}/jemalloc_use"
}

atf_init_test_cases()
{
	atf_add_test_case in_place
	! foreign || atf_add_test_case drop_in
}

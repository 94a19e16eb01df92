# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The public headers, as programs include them: alone, with the C library's
# own, in either order, in C and in C++.

# compile LANGUAGE FLAGS...: the program on standard input.
compile()
{
	language=$1
	shift
	${CC:-cc} -x "$language" -Wall -Wextra -Wpedantic -Werror "$@" \
	    -I"$BASALT_SRCTOP/include" -c -o out.o -
}

each_language()
{
	program=$(cat)
	for std in c99 c11 gnu17; do
		echo "$program" | compile c -std=$std ||
		    atf_fail "not in $std"
	done
	for std in c++11 c++17 gnu++20; do
		echo "$program" | compile c++ -std=$std ||
		    atf_fail "not in $std"
	done
}

atf_test_case alone
alone_head()
{
	atf_set descr "malloc_np.h needs nothing before it"
}
alone_body()
{
	each_language <<-'END'
	#include <malloc_np.h>
	int all = MALLCTL_ARENAS_ALL;
	END
}

atf_test_case with_libc
with_libc_head()
{
	atf_set descr "It agrees with what the C library declares"
}
with_libc_body()
{
	for first in malloc.h malloc_np.h; do
		each_language <<-END
		#define _GNU_SOURCE 1
		#include <$first>
		#include <malloc.h>
		#include <malloc_np.h>
		#include <stdlib.h>
		void *(*f)(size_t, size_t) = memalign;
		END
	done
}

atf_test_case jemalloc
jemalloc_head()
{
	atf_set descr "jemalloc's header has its version macros"
}
jemalloc_body()
{
	each_language <<-'END'
	#include <jemalloc/jemalloc.h>
	#if JEMALLOC_VERSION_MAJOR < 5 || \
	    (JEMALLOC_VERSION_MAJOR == 5 && JEMALLOC_VERSION_MINOR < 3)
	#error "too old"
	#endif
	const char *version = JEMALLOC_VERSION;
	int gid = JEMALLOC_VERSION_GID_IDENT + JEMALLOC_VERSION_NREV;
	END
}

atf_test_case link
link_head()
{
	atf_set descr "What it declares, the library has"
}
link_body()
{
	sed -n 's/^[a-z][^(]*[	*]\([a-z_][a-z_]*\)(.*/\1/p' \
	    "$BASALT_SRCTOP/include/malloc_np.h" | sort -u >declared
	{
		echo '#include <malloc_np.h>'
		echo 'void *volatile sink;'
		echo 'int main(void) {'
		sed 's/.*/sink = (void *)&/' declared
		echo 'sink = &malloc_conf; sink = &malloc_message;'
		echo 'sink = &malloc_conf_2_conf_harder; return (0); }'
	} | sed 's/&\([a-z_]*\)$/\&\1;/; s/(void \*)\([a-z_]*\)$/(void *)\1;/' \
	    >program.c
	atf_check ${CC:-cc} -I"$BASALT_SRCTOP/include" -o program program.c \
	    "$BASALT_LIBDIR/libbasalt.so.1" -Wl,-rpath,"$BASALT_LIBDIR"
	atf_check ./program
	# Not from the C library by chance.
	nm -D --defined-only "$BASALT_LIBDIR/libbasalt.so.1" |
	    sed 's/.* //' >exported
	while read -r f; do
		grep -qx "$f" exported || echo "not exported: $f"
	done <declared >missing
	atf_check -o empty cat missing
}

atf_init_test_cases()
{
	atf_add_test_case alone
	atf_add_test_case with_libc
	atf_add_test_case jemalloc
	atf_add_test_case link
}

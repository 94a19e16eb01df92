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
	for std in c89 c99 c11 gnu17; do
		echo "$program" | compile c -std=$std ||
		    atf_fail "not in $std"
	done
	for std in c++98 c++11 c++17 gnu++20; do
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

# Every name that the header has, as programs use them.
every_name()
{
	cat <<-'END'
	#include <malloc_np.h>
	static const int words[] = {
		MALLOCX_ALIGN(4096), MALLOCX_LG_ALIGN(12), MALLOCX_ZERO,
		MALLOCX_TCACHE(5), MALLOCX_TCACHE_NONE, MALLOCX_ARENA(3),
		MALLCTL_ARENAS_ALL, MALLCTL_ARENAS_DESTROYED
	};
	static void *
	grow(extent_hooks_t *hooks, void *addr, size_t size, size_t align,
	    bool *zero, bool *commit, unsigned arena)
	{
		(void)hooks; (void)addr; (void)size; (void)align;
		(void)arena;
		*zero = *commit = false;
		return (NULL);
	}
	static bool
	shrink(extent_hooks_t *hooks, void *addr, size_t size,
	    bool committed, unsigned arena)
	{
		(void)hooks; (void)addr; (void)size; (void)committed;
		(void)arena;
		return (true);
	}
	static void
	event(bool is_alloc, uint64_t allocated, uint64_t deallocated)
	{
		(void)is_alloc; (void)allocated; (void)deallocated;
	}
	static void
	misuse(const char *text)
	{
		(void)text;
	}
	static void
	write_cb(void *arg, const char *text)
	{
		(void)arg; (void)text;
	}
	int use(size_t align, unsigned arena, unsigned cache);
	int
	use(size_t align, unsigned arena, unsigned cache)
	{
		extent_hooks_t hooks;
		arena_config_t config;
		batch_alloc_packet_t batch;
		user_hook_object_t hook;
		safety_check_abort_hook_t abort_hook = misuse;
		void *p, *ptrs[2];
		size_t mib[4], n = 4;
		int flags;

		hooks.alloc = grow;
		hooks.dalloc = shrink;
		hooks.destroy = NULL;
		hooks.commit = hooks.decommit = NULL;
		hooks.purge_lazy = hooks.purge_forced = NULL;
		hooks.split = NULL;
		hooks.merge = NULL;
		config.extent_hooks = &hooks;
		config.metadata_use_hooks = false;
		batch.ptrs = ptrs;
		batch.num = 2;
		batch.size = 100;
		batch.flags = words[0];
		hook.callback = event;
		hook.interval = 1;
		hook.is_alloc_only = true;
		flags = MALLOCX_ALIGN(align) | MALLOCX_ARENA(arena) |
		    MALLOCX_TCACHE(cache) | MALLOCX_LG_ALIGN(align);
		p = mallocx(1, flags);
		p = rallocx(p, 2, MALLOCX_ALIGN(64));
		n = xallocx(p, 2, 3, 0) + sallocx(p, 0) + nallocx(4, 0);
		dallocx(p, 0);
		sdallocx(NULL, n, flags);
		free(reallocarray(reallocf(NULL, 1), 2, 3));
		free(recallocarray(NULL, 0, 1, 2));
		free_sized(malloc(1), 1);
		free_aligned_sized(memalign(64, 1), 64, 1);
		free(valloc(malloc_usable_size(NULL)));
		free(pvalloc(1));
		malloc_stats_print(write_cb, NULL, "J");
		malloc_message = write_cb;
		return (mallctl("x", NULL, NULL, &config, sizeof(config)) +
		    mallctl("x", NULL, NULL, &batch, sizeof(batch)) +
		    mallctl("x", NULL, NULL, &hook, sizeof(hook)) +
		    mallctl("x", NULL, NULL, &abort_hook, n) +
		    mallctlnametomib("x.y", mib, &n) +
		    mallctlbymib(mib, n, NULL, NULL, NULL, 0));
	}
	END
}

atf_test_case names
names_head()
{
	atf_set descr "A program that uses every name, in each language"
}
names_body()
{
	every_name | each_language
	every_name | sed 's,malloc_np.h,jemalloc/jemalloc.h,' | each_language
	# It does use every function and type.
	sed -n -e 's/^[a-z][^(]*[	*]\([a-z_][a-z_]*\)(.*/\1/p' \
	    -e 's/^typedef struct [a-z_]* \([a-z_]*\);/\1/p' \
	    -e 's/^#define	\(MALL[A-Z_]*\).*/\1/p' \
	    "$BASALT_SRCTOP/include/malloc_np.h" | sort -u >names
	[ "$(wc -l <names)" -gt 20 ] || atf_fail "not all were found"
	every_name >program
	while read -r name; do
		grep -q "\<$name\>" program || echo "not used: $name"
	done <names >missing
	atf_check -o empty cat missing
}

atf_test_case prefixed
prefixed_head()
{
	atf_set descr "Names with je_ for those who ask for them"
}
prefixed_body()
{
	for macro in JEMALLOC_MANGLE JEMALLOC_NO_DEMANGLE; do
		{
			echo "#define $macro"
			cat <<-'END'
			#include <jemalloc/jemalloc.h>
			void *f(size_t size);
			JEMALLOC_EXPORT void JEMALLOC_NOTHROW *
			f(size_t size)
			{
				je_free(je_malloc(size));
				je_dallocx(je_mallocx(size, MALLOCX_ZERO), 0);
				return (je_calloc(je_malloc_usable_size(NULL),
				    size));
			}
			END
		} | each_language
	done
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
	atf_add_test_case names
	atf_add_test_case prefixed
	atf_add_test_case link
}

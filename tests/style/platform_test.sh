# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What system, processor, compiler or page size there is, is asked in two
# places: contrib/basalt/os and lib/libc/<machine>.  Elsewhere a condition of
# the preprocessor may be about these names alone.

ALLOWED='^(defined|_[A-Za-z_]*_H_?|[A-Z][A-Za-z0-9_]*_H_?|BASALT_[A-Z_]*'\
'|JEMALLOC_[A-Z_]*|_MALLOC_NP_[A-Z_]*|__cplusplus|__THROW'\
'|__has_(attribute|builtin)|__STDC_VERSION__)$'

# The files of a tree that the rule is about; of patches their new lines.
sources()
{
	find contrib lib include -type f \( -name '*.[chS]' -o -name '*.cc' \
	    -o -name '*.inc' -o -name '*.patch' -o -name '*.diff' \) |
	    grep -vE '^(contrib/basalt/os|lib/libc/(amd64|aarch64))/'
}

# Names in conditions of the tree at $1 that are not allowed there.
conditions()
(
	cd "$1" && sources | xargs awk -v allowed="$ALLOWED" '
	FNR == 1 {
		kind = FILENAME
		sub(/.*\./, "", kind)
		patch = kind == "patch" || kind == "diff"
		more = 0
	}
	{
		line = $0
		if (patch && !sub(/^\+/, "", line))
			next
		if (!more) {
			if (line !~ /^[ \t]*#[ \t]*(el)?if/)
				next
			sub(/^[ \t]*#[ \t]*(el)?if(n?def)?/, "", line)
		}
		more = line ~ /\\$/
		gsub(/"[^"]*"|<[^>]*>|\/\*[^*]*\*\//, " ", line)
		sub(/\/[\/*].*/, "", line)
		gsub(/__has_[a-z]*[ \t]*\([a-z_]*\)/, " ", line)
		# The suffixes of numbers are no names.
		gsub(/(^|[^A-Za-z0-9_])[0-9][0-9A-Za-z.]*/, " ", line)
		n = split(line, word, /[^A-Za-z0-9_]+/)
		for (i = 1; i <= n; i++)
			if (word[i] != "" && word[i] !~ allowed)
				print FILENAME ":" FNR ": asks for " word[i]
	}'
)

# Instructions of a processor, by asm or by a compiler's builtin.  A name for
# the linker, asm("name"), and a directive for the assembler are none.
instructions()
(
	cd "$1" && sources | grep -v '\.inc$' | xargs grep -nE \
	    -e '\<(asm|__asm|__asm__)[[:space:]]+(volatile|__volatile__|goto)' \
	    -e '\<(asm|__asm|__asm__)[[:space:]]*\("[[:space:]]*[a-z]' \
	    -e '"[[:space:]]*:[[:space:]]*("[=+&]|:)' \
	    -e '__builtin_(ia32|x86|cpu|arm|aarch64|neon)_' \
	    -e '#[[:space:]]*include[[:space:]]*<([a-z]*mmintrin|x86intrin|cpuid|arm_[a-z]*|asm/[a-z_]*|linux/[a-z_]*|machine/[a-z_]*)\.h>' \
	    /dev/null
)

expect_silence()
{
	"$@" >found 2>&1
	if [ -s found ]; then
		cat found
		atf_fail "$(wc -l <found) breaches"
	fi
}

atf_test_case conditions
conditions_head()
{
	atf_set descr "Only os/ and the machine files ask for the platform"
}
conditions_body()
{
	expect_silence conditions "$BASALT_SRCTOP"
}

atf_test_case instructions
instructions_head()
{
	atf_set descr "Only these have instructions of a processor"
}
instructions_body()
{
	expect_silence instructions "$BASALT_SRCTOP"
}

# A tree with nothing in it; and one file more, from standard input.
tree_make()
{
	rm -rf tree
	mkdir -p tree/contrib tree/lib tree/include
}
plant()
{
	mkdir -p "tree/$(dirname "$1")"
	cat >"tree/$1"
}

# Each line of standard input, in a file of its own for each of the names
# $2...: names of files that $1 does not find.
each_found()
{
	check=$1
	shift
	tree_make
	n=0
	while IFS= read -r line; do
		n=$((n + 1))
		for where; do
			printf '%b\n' "$line" |
			    plant "${where%/*}/$n-${where##*/}"
		done
	done
	[ $n -ge 5 ] || echo "few lines"
	$check tree | sed 's/:.*//' | sort -u >found
	(cd tree && find . -type f | sed 's,^\./,,' | sort) | comm -23 - found
}

atf_test_case planted
planted_head()
{
	atf_set descr "The checks find what they are there to find"
}
planted_body()
{
	each_found conditions contrib/basalt/heap/x.c \
	    contrib/basalt/api/x.cc include/x.h lib/libc/musl/glue.c \
	    lib/libc/stdlib/malloc/x.h lib/libbasalt/x.S \
	    contrib/basalt/os_x.c lib/libc/amd64x/x.h <<-'END' >missed
	#ifdef __linux__
	#ifndef __FreeBSD__
	#if defined(__x86_64__)
	# if defined __aarch64__
	\t#\tif __GLIBC__ >= 2
	#elif defined(__amd64__) && BASALT_DEBUG
	#if PAGE_SIZE > 4096
	#if MACH_PAGE_SHIFT_MAX > 12
	#if __SIZEOF_POINTER__ == 8
	#ifdef __LP64__
	#if __BYTE_ORDER == __LITTLE_ENDIAN
	#ifdef __clang__
	#if defined(BASALT_DEBUG) && \\\n    defined(__unix__)
	#if 1 /* why */ && defined(__GNUC__)
	#ifdef _WIN32
	#ifdef MADV_COLLAPSE
	#if __FreeBSD_version >= 1400000L
	#if __has_include(<x.h>) && defined(SYS_futex)
	END
	each_found instructions contrib/basalt/heap/x.c include/x.h \
	    lib/libc/musl/x.h <<-'END' >>missed
	__asm__ __volatile__("isb" ::: "memory");
	asm volatile ("pause");
	__asm__("mfence");
	__asm__("subl $1, %0" : "+m" (*n), "=@ccs" (below));
	\t__asm__(\n\t    "" : "=r" (x));
	__builtin_ia32_pause();
	__builtin_arm_isb(15);
	#include <immintrin.h>
	#include <linux/futex.h>
	END
	tree_make
	printf '+#ifdef __linux__\n' | plant lib/libc/musl/x.patch
	[ "$(conditions tree | wc -l)" -eq 1 ] || echo "in a patch" >>missed
	[ ! -s missed ] || { cat missed; atf_fail "not all were found"; }
}

atf_test_case allowed
allowed_head()
{
	atf_set descr "And nothing that is allowed"
}
allowed_body()
{
	tree_make
	plant contrib/basalt/heap/x.h <<-'END'
	#ifndef BASALT_X_H
	#ifndef _X_H_
	#if defined(__cplusplus) && defined(__THROW)
	#if BASALT_DEBUG > 10L && (0x1f || 1)
	#if __has_attribute(nothrow) /* not __linux__ */
	#ifdef BASALT_DEBUG // __linux__
	/* #ifdef would be about __linux__ */
	#define	PAGE_SIZE	4096
	#endif /* __linux__ */
	extern int x(void) __asm__("_Zx");
	__asm__(".weak x\n");
	const char *s = "a" : "b";
	END
	expect_silence conditions tree
	expect_silence instructions tree
	printf ' #ifdef __linux__\n-#ifdef __linux__\n' |
	    plant lib/libc/musl/x.patch
	expect_silence conditions tree
	for where in contrib/basalt/os/x.h \
	    lib/libc/aarch64/stdlib/malloc_machdep.h; do
		printf '#ifdef __linux__\nasm volatile ("");\n' |
		    plant "$where"
		expect_silence conditions tree
		expect_silence instructions tree
	done
}

atf_test_case machines
machines_head()
{
	atf_set descr "The machine files define the same, and nothing else"
}
machines_body()
{
	for m in amd64 aarch64; do
		f=$BASALT_SRCTOP/lib/libc/$m/stdlib/malloc_machdep.h
		sed -n -e 's/^#define	\([A-Z_]*\)	.*/\1/p' \
		    -e 's/^#define	\([A-Z_]*_H\)$/\1/p' \
		    -e 's/^\([a-z_]*\)(.*/\1/p' "$f" | sort >$m
		grep -hE '^#[[:space:]]*if' "$f" | grep -v MALLOC_MACHDEP_H &&
		    atf_fail "$m: a condition"
	done
	cat >expected <<-'END'
	MACH_ADDRESS_BITS
	MACH_CACHE_LINE
	MACH_HUGE_SHIFT
	MACH_HUGE_SIZES
	MACH_PAGE_SHIFT
	MACH_PAGE_SHIFT_MAX
	MALLOC_MACHDEP_H
	mach_pause
	END
	atf_check cmp expected amd64
	atf_check cmp expected aarch64
}

atf_init_test_cases()
{
	atf_add_test_case conditions
	atf_add_test_case instructions
	atf_add_test_case planted
	atf_add_test_case allowed
	atf_add_test_case machines
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What `bmake freebsd' made, against Symbol.map and FreeBSD's own libc: names,
# versions, and what is needed to run.

OBJTOP=${BASALT_LIBDIR%/lib/libbasalt}
SLOT=$BASALT_SRCTOP/lib/libc/stdlib/malloc
ZIG=$OBJTOP/freebsd/zig
PROCESSORS="amd64 aarch64"

# Skips where there is no compiler, and fails where it did not compile.
need_built()
{
	case $(cat "$OBJTOP/freebsd/status" 2>/dev/null) in
	built)
		;;
	unavailable:*)
		atf_skip "no compiler for FreeBSD: $(sed 's/^unavailable: //' \
		    "$OBJTOP/freebsd/status")"
		;;
	*)
		sh "$BASALT_SRCTOP/share/mk/freebsd.sh" "$OBJTOP" 2>&1 |
		    tail -n 40
		atf_fail "it does not build: $(cat "$OBJTOP/freebsd/status")"
		;;
	esac
}

built()
{
	echo "$OBJTOP/freebsd/$1/lib/libc_malloc/libc_malloc.$2"
}

# Names and versions, as name@@version, that Symbol.map and malloc_compat.c
# say there are; those that only old programs find have one @.
wanted()
{
	sed -n 's/^__sym_compat(\(.*\), .*, \(.*\));$/\1@\2/p' \
	    "$SLOT/malloc_compat.c" >old
	[ -s old ] || atf_fail "no old names were found"
	awk '/ \{$/ { version = $1 }
	    /^	/ { sub(/;/, "", $1); print $1 "@@" version }' \
	    "$SLOT/Symbol.map" >new
	[ -s new ] || atf_fail "no names were found"
	# Symbol.map has one of the old names too.
	sed 's/@/@@/' old | grep -vxF -f - new | cat - old | sort
}

# symbols FILE: type, binding, section and name of each dynamic symbol.
symbols()
{
	readelf -W --dyn-syms "$1" |
	    awk '$1 ~ /^[0-9]+:$/ && $8 != "" { print $4, $5, $7, $8 }'
}

# FreeBSD's own libc, as the compiler has it.
libc_of()
{
	for f in "$ZIG"/cache/o/*/libc.so.7; do
		case $1:$(readelf -h "$f" | sed -n 's/.*Machine: *//p') in
		amd64:*X86-64|aarch64:AArch64)
			echo "$f"
			return
			;;
		esac
	done
}

atf_test_case versions
versions_head()
{
	atf_set descr "It exports the names of Symbol.map, by their versions"
}
versions_body()
{
	need_built
	wanted >want
	for p in $PROCESSORS; do
		symbols "$(built "$p" so.7)" | awk '$3 != "UND" { print $4 }' |
		    sort >got
		atf_check -o empty diff -u want got
	done
}

atf_test_case libc
libc_head()
{
	atf_set descr "The versions are those of FreeBSD's own libc, which has" \
	    "no names of malloc's family besides"
}
libc_body()
{
	need_built
	wanted >want
	# The compiler has no private names, and calls all versions the default.
	grep -v FBSDprivate want | sed 's/@@*/ /' | sort >names
	for p in $PROCESSORS; do
		libc=$(libc_of "$p")
		[ -n "$libc" ] || atf_fail "the compiler has no libc for $p"
		symbols "$libc" | awk '$3 != "UND" { print $4 }' |
		    sed -n 's/@@*/ /p' | grep -E \
		    '^_*(malloc|calloc|realloc|free|posix_memalign|aligned_alloc|malloc_.*|mallctl.*|[a-z]*alloc[mx]) ' |
		    sort >theirs
		[ "$(wc -l <theirs)" -gt 40 ] || atf_fail "few names were found"
		atf_check -o empty diff -u theirs names
	done
}

atf_test_case binding
binding_head()
{
	atf_set descr "A program may define each public name, and libc's own" \
	    "is there by another"
}
binding_body()
{
	need_built
	for p in $PROCESSORS; do
		symbols "$(built "$p" so.7)" >all
		awk '$1 == "FUNC" && $3 != "UND" && $4 ~ /@@/ {
			sub(/@.*/, "", $4)
			want = $4 ~ /^_/ ? "GLOBAL" : "WEAK"
			if ($2 != want)
				print $4 " is " $2
			have[$4] = 1
		}
		END {
			for (name in have)
				if (name !~ /^_/ && !(("__" name) in have))
					print "no __" name
		}' all >wrong
		atf_check -o empty cat wrong
		# Data that programs define, as malloc_conf.
		for d in malloc_conf malloc_message; do
			grep -q "^OBJECT WEAK .* $d@@" all ||
			    atf_fail "$p: $d is not weak"
		done
	done
}

atf_test_case needs
needs_head()
{
	atf_set descr "It needs public names of libc alone, none of libthr's"
}
needs_body()
{
	need_built
	for p in $PROCESSORS; do
		so=$(built "$p" so.7)
		echo "[libc.so.7]" >libc
		readelf -d "$so" | awk '/NEEDED/ { print $NF }' >needed
		atf_check cmp libc needed
		symbols "$so" | awk '$3 == "UND" { print $4 }' >undefined
		[ -s undefined ] || atf_fail "$p: nothing is undefined"
		atf_check -s exit:1 grep -v '@FBSD_1\.[0-7]$' undefined
		atf_check -s exit:1 grep -E '^_?(pthread|thr|sem)_' undefined
		atf_check -s exit:1 grep -E 'tls_get_addr|malloc|mremap' \
		    undefined
		# What may allocate, or be where a thread is cancelled.
		atf_check -s exit:1 grep -xE \
		    '(write|read|open|close|sysconf|fprintf|fputs|arc4random.*|setenv|strdup)@.*' \
		    undefined
	done
}

atf_test_case storage
storage_head()
{
	atf_set descr "One variable is thread-local, at a known offset"
}
storage_body()
{
	need_built
	for p in $PROCESSORS; do
		so=$(built "$p" so.7)
		readelf -W -s "$(built "$p" a)" |
		    awk '$4 == "TLS" && $7 != "UND" && $8 !~ /^\$/ {
			print $8 }' >names
		echo _bas_self >want
		atf_check cmp want names
		# Six words: struct self.
		readelf -W -l "$so" | awk '$1 == "TLS" { print $6 }' >size
		echo 0x000030 >want
		atf_check cmp want size
		readelf -W -r "$so" | awk '/TPOFF|TPREL|DTP|TLSDESC/ {
			print $3 }' | sort | uniq -c | awk '{ print $1, $2 }' >got
		case $p in
		amd64)		echo 1 R_X86_64_TPOFF64 ;;
		aarch64)	echo 1 R_AARCH64_TLS_TPREL64 ;;
		esac >want
		atf_check diff -u want got
	done
}

atf_test_case relocations
relocations_head()
{
	atf_set descr "Text is not relocated, nor writable, and relocations" \
	    "are of the plain kinds"
}
relocations_body()
{
	need_built
	for p in $PROCESSORS; do
		so=$(built "$p" so.7)
		readelf -W -d "$so" >dynamic
		atf_check -s exit:1 grep TEXTREL dynamic
		atf_check -s exit:0 -o ignore grep BIND_NOW dynamic
		readelf -W -l "$so" >segments
		atf_check -s exit:1 grep -E ' (RWE|WE) ' segments
		atf_check -s exit:0 -o ignore grep GNU_RELRO segments
		readelf -W -r "$so" | awk '$3 ~ /^R_/ { print $3 }' | sort -u >kinds
		[ -s kinds ] || atf_fail "$p: no relocations were found"
		# GLOB_DAT is what a program may define itself.
		atf_check -s exit:1 grep -vE \
		    '^R_(X86_64|AARCH64)_(RELATIVE|GLOB_DAT|JUMP_SLOT?|TPOFF64|TLS_TPREL64)$' \
		    kinds
	done
}

atf_test_case archive
archive_head()
{
	atf_set descr "The archive has each name, in objects whose names no" \
	    "other part of libc has"
}
archive_body()
{
	need_built
	wanted | sed 's/@@.*//; s/@/ /' >want
	for p in $PROCESSORS; do
		a=$(built "$p" a)
		ar t "$a" | sort >objects
		[ "$(wc -l <objects)" -gt 60 ] || atf_fail "few objects"
		sort -u objects >unique
		atf_check cmp unique objects
		atf_check -s exit:1 grep -vxE \
		    'basalt_(os|util|meta|page|heap|thread|watch|api)_[a-z_]*\.o|libc_glue\.o|malloc_compat\.o' \
		    objects
		readelf -W -s "$a" | awk '$1 ~ /^[0-9]+:$/ && $7 != "UND" &&
		    ($5 == "GLOBAL" || $5 == "WEAK") {
			sub(/@.*/, "", $8); print $6, $8 }' | sort -u >symbols
		awk '{ print $2 }' symbols | sort -u >have
		sed 's/ .*//' want | sort -u >names
		atf_check -o empty comm -23 names have
		# What is ours alone is nobody else's to call.
		atf_check -s exit:1 grep -E '^DEFAULT _bas_' symbols
		# The rest are the functions behind the old names, and what a
		# program may define that is linked to this.
		awk '$1 == "DEFAULT" { print $2 }' symbols | sort -u |
		    comm -23 - names |
		    grep -vxE '.*_1_[0-9]|malloc_conf_2_conf_harder' >beyond
		atf_check -o empty cat beyond
	done
}

atf_test_case library
library_head()
{
	atf_set descr "The library beside libc exports its names there too"
}
library_body()
{
	need_built
	sed -n 's/^	\([_a-zA-Z][_a-zA-Z0-9]*\);$/\1/p' \
	    "$BASALT_SRCTOP/lib/libbasalt/libbasalt.map" | sort >want
	for p in $PROCESSORS; do
		so=$OBJTOP/freebsd/$p/lib/libbasalt/libbasalt.so.1
		symbols "$so" | awk '$3 != "UND" { print $4 }' | sort >got
		atf_check -o empty comm -13 want got
		atf_check -o empty comm -23 want got
		# A program in C++ has what is weak.
		symbols "$so" | awk '$3 == "UND" && $2 != "WEAK" {
			print $4 }' >undefined
		[ -s undefined ] || atf_fail "$p: nothing is undefined"
		atf_check -s exit:1 grep -v '@FBSD_1\.[0-7]$' undefined
	done
}

atf_test_case program
program_head()
{
	atf_set descr "A program for FreeBSD compiles and links to it"
}
program_body()
{
	need_built
	cat >use.c <<-'END'
		#include <stdlib.h>
		#include <strings.h>
		#include <malloc_np.h>
		void *__malloc(size_t);
		const char *malloc_conf = "junk:false";
		int
		main(void)
		{
			size_t n = sizeof(n), value;
			void *p = __malloc(10);

			free(realloc(aligned_alloc(64, 64), 10));
			dallocx(mallocx(1, MALLOCX_ALIGN(64)), 0);
			malloc_stats_print(NULL, NULL, NULL);
			return (p == NULL || malloc_usable_size(p) < 10 ||
			    mallctl("stats.allocated", &value, &n, NULL, 0));
		}
	END
	for p in amd64:x86_64 aarch64:aarch64; do
		so=$(built "${p%:*}" so.7)
		atf_check sh "$BASALT_SRCTOP/share/mk/zig.sh" "$ZIG" cc \
		    -target "${p#*:}-freebsd.14.0" -O1 -fno-builtin -Wall -Werror \
		    -o use use.c "$so"
		symbols use >all
		for s in UND:free@FBSD_1.0 UND:__malloc@FBSD_1.3 \
		    UND:mallctl@FBSD_1.3; do
			grep -q "${s%:*} ${s#*:}$" all ||
			    atf_fail "${p%:*}: no ${s#*:}"
		done
		# Its own is what libc uses, so it is exported.
		grep -q 'OBJECT .* malloc_conf' all ||
		    atf_fail "${p%:*}: libc does not see its malloc_conf"
	done
}

atf_init_test_cases()
{
	atf_add_test_case versions
	atf_add_test_case libc
	atf_add_test_case binding
	atf_add_test_case needs
	atf_add_test_case storage
	atf_add_test_case relocations
	atf_add_test_case archive
	atf_add_test_case library
	atf_add_test_case program
}

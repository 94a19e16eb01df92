# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# No atomic access leaves its order out, and each atomic has its row in
# share/doc/basalt/memory-order.md.  The in-memory OS of the tests, os_fake, is
# none of this.

# Sources below $1.
sources()
{
	find "$1" -name '*.[ch]' ! -name 'os_fake*'
}

# Calls whose order is implied, of the tree below $1.
calls()
{
	sources "$1" | xargs grep -HnE \
	    -e '\<atomic_(load|store|exchange|fetch_[a-z]+)[[:space:]]*\(' \
	    -e '\<atomic_compare_exchange_(weak|strong)[[:space:]]*\(' \
	    -e '\<atomic_flag_[a-z]+(_and_set)?[[:space:]]*\(' \
	    -e '__sync_[a-z_]+[[:space:]]*\('
}

# FILE NAME of each atomic that is declared below $1.
declared()
(
	cd "$1" && sources . | sed 's,^\./,,' | sort | xargs awk '
	/_Atomic/ && !/^[ \t]*(\/?\*|#)/ {
		s = $0
		sub(/\/\*.*/, "", s)
		sub(/^.*_Atomic/, "", s)
		# Its type: in brackets, or a word.
		if (s ~ /^\(/) {
			depth = 0
			for (i = 1; i <= length(s); i++) {
				c = substr(s, i, 1)
				depth += (c == "(") - (c == ")")
				if (depth == 0)
					break
			}
			s = substr(s, i + 1)
		} else
			sub(/^[ \t]+[A-Za-z_0-9]+/, "", s)
		sub(/[=;{].*/, "", s)
		gsub(/\[[^]]*\]/, "", s)
		sub(/\[.*/, "", s)
		# A pointer to one, or a function that takes or returns one.
		if (s ~ /[*()]/ || s !~ /[a-z]/)
			next
		n = split(s, name, ",")
		for (i = 1; i <= n; i++) {
			gsub(/[ \t]/, "", name[i])
			if (name[i] != "")
				print FILENAME, name[i]
		}
	}'
)

# Those of file $1 that have no row in the document $2.  What others see, too,
# has its row where it is declared for them.
missing()
{
	awk '
	NR == FNR && /^### / { section = $2; next }
	NR == FNR && /^\| `/ {
		split($0, cell, "|")
		n = split(cell[2], name, "`")
		for (i = 2; i <= n; i += 2) {
			row[section, name[i]] = 1
			any[name[i]] = 1
		}
		next
	}
	NR == FNR { next }
	!(($1, $2) in row) && !($2 ~ /^_bas_/ && $2 in any) {
		print $1 ": " $2 " has no row"
	}
	{ found[$1, $2] = 1 }
	END {
		for (r in row) {
			split(r, part, SUBSEP)
			if (part[1] ~ /\.[ch]$/ &&
			    part[1] != "thread/cache.h" && !(r in found))
				print part[1] ": " part[2] " is no atomic"
		}
	}' "$2" "$1"
}

# Accesses in the files that the file $1 names, to the file found.
implicit()
{
	machine=amd64
	[ "$(uname -m)" = x86_64 ] || machine=aarch64
	top=$BASALT_SRCTOP
	xargs clang -std=c11 -D_GNU_SOURCE -I"$top/contrib/basalt" \
	    -I"$top/include" -I"$top/lib/libc/$machine/stdlib" \
	    -I"$top/lib/libbasalt" -I"$top/lib/libc/stdlib/malloc/basalt" \
	    -fsyntax-only -Wno-everything -Watomic-implicit-seq-cst \
	    <"$1" >log 2>&1 || atf_fail "clang fails: $(head -n 3 log)"
	grep 'warning:' log >found || :
}

silent()
{
	[ ! -s "$1" ] || {
		cat "$1"
		atf_fail "$(wc -l <"$1") breaches"
	}
}

atf_test_case explicit
explicit_head()
{
	atf_set descr "Every call of an atomic says its order"
}
explicit_body()
{
	calls "$BASALT_SRCTOP/contrib" >found
	calls "$BASALT_SRCTOP/lib" >>found
	silent found
}

atf_test_case implicit
implicit_head()
{
	atf_set descr "No atomic is used by a plain = or ++"
}
implicit_body()
{
	command -v clang >/dev/null ||
	    atf_skip "no clang: gcc does not tell of implied orders"
	sources "$BASALT_SRCTOP/contrib/basalt" | grep '\.c$' |
	    grep -v '/os_freebsd' >files
	implicit files
	silent found
}

atf_test_case planted
planted_head()
{
	atf_set descr "These checks find what they are for"
}
planted_body()
{
	mkdir tree
	cat >tree/a.c <<-'END'
	#include <stdatomic.h>
	static _Atomic int plain, other;
	static _Atomic(void *) pointer[4];
	int f(_Atomic int *p);
	int f(_Atomic int *p) { plain++; return (atomic_load(p)); }
	END
	declared tree >atomics
	atf_check -o inline:"a.c plain\na.c other\na.c pointer\n" cat atomics
	calls tree >found
	atf_check -o ignore grep "a.c:5" found
	printf '### a.c\n| `plain`, `gone` | x |\n' >doc
	missing atomics doc >found
	atf_check -o inline:"3\n" sh -c 'wc -l <found'
	atf_check -o ignore grep "a.c: other has no row" found
	atf_check -o ignore grep "a.c: gone is no atomic" found
	command -v clang >/dev/null || return 0
	echo "$PWD/tree/a.c" >files
	implicit files
	atf_check -o ignore grep "a.c:5.*implicit" found
}

atf_test_case table
table_head()
{
	atf_set descr "Every atomic is in the table of memory-order.md"
}
table_body()
{
	declared "$BASALT_SRCTOP/contrib/basalt" >atomics
	[ "$(wc -l <atomics)" -gt 50 ] || atf_fail "too few atomics are found"
	missing atomics "$BASALT_SRCTOP/share/doc/basalt/memory-order.md" >found
	silent found
}

atf_init_test_cases()
{
	atf_add_test_case explicit
	atf_add_test_case implicit
	atf_add_test_case planted
	atf_add_test_case table
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What malloc, calloc and free are on arm64: loads and stores, and no fence or
# instruction that orders.  The slow paths are functions of their own.

CROSS=aarch64-linux-gnu-

atf_test_case arm64
arm64_head()
{
	atf_set descr "No fence in what malloc, calloc and free do most"
}
arm64_body()
{
	native "the code is looked at where it is built"
	command -v ${CROSS}gcc >/dev/null && command -v ${CROSS}objdump \
	    >/dev/null || atf_skip "no ${CROSS}gcc: nothing to look at"
	top=$BASALT_SRCTOP
	${CROSS}gcc -std=c11 -D_GNU_SOURCE -O2 -march=armv8-a \
	    -mno-outline-atomics -fPIC -fvisibility=hidden \
	    -ftls-model=initial-exec -fno-semantic-interposition \
	    -fno-builtin-malloc -fno-builtin-calloc -fno-builtin-free \
	    -I"$top/contrib/basalt" -I"$top/include" \
	    -I"$top/lib/libc/aarch64/stdlib" -I"$top/lib/libbasalt" \
	    -I"$top/lib/libc/stdlib/malloc/basalt" \
	    -c -o malloc.o "$top/contrib/basalt/api/malloc.c" >log 2>&1 || {
		cat log
		atf_fail "api/malloc.c does not compile for arm64"
	}
	for f in malloc calloc free; do
		${CROSS}objdump -d --no-show-raw-insn \
		    --disassemble="_bas_$f" malloc.o |
		    sed -n 's/^ *[0-9a-f]*:	//p' >code
		[ "$(wc -l <code)" -gt 10 ] || atf_fail "$f: no code is found"
		echo "$f: $(wc -l <code) instructions in all"
		! grep -E '^(dmb|dsb|isb|ld(a|ap|ax|x|lax)r|st(l|x|lx)r|ldax|stlx|cas|swp|ld(add|clr|eor|set))[a-z]*	' \
		    code || atf_fail "$f has an instruction that orders"
		! grep -E '__aarch64_' code || atf_fail "$f calls an atomic"
	done
}

atf_init_test_cases()
{
	atf_add_test_case arm64
}

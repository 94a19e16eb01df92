# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What `bmake musl' makes.

. "${BASALT_SRCTOP}/tests/libc/musl.sh"

libc=${BASALT_SRCTOP}/lib/libc

# tool COMMAND: of the processor.
tool()
{
	${run:+aarch64-linux-gnu-}"$@"
}

# All that the library exports but C++, and nothing that is ours alone.
exports()
{
	sed -n 's/^	\([a-z_]*\);$/\1/p' \
	    "${BASALT_SRCTOP}/lib/libbasalt/libbasalt.map" | sort >wanted
	[ "$(wc -l <wanted)" -gt 25 ] || atf_fail "the list is not understood"
	tool nm -D --defined-only "$musl/lib/libc.so" >dynamic
	tool nm -A --defined-only "$musl/lib/libc.a" |
	    sed 's/^[^ ]*//' >static
	for f in dynamic static; do
		awk 'NF >= 2 && $(NF - 1) ~ /[TWVBDR]/ { print $NF }' $f |
		    sort -u >have
		atf_check comm -23 wanted have
	done
	atf_check -s exit:1 grep -E '_bas_|__malloc|__dl?malloc' dynamic
	atf_check test -f "$musl/include/malloc_np.h"
}

# Weak, each: a program may have its own.
weak()
{
	tool nm -g --defined-only "$musl/lib/libc.a" >names
	for f in malloc calloc realloc free aligned_alloc; do
		atf_check -o match:" W $f\$" grep " $f\$" names
	done
}

# libc.so has no thread-local memory of its own: ld.so starts without any.
tls()
{
	tool readelf -lW "$musl/lib/libc.so" >headers
	atf_check -s exit:1 grep ' TLS ' headers
}

# One load from the thread pointer, no call, to the first return.
fast()
{
	for f in malloc free; do
		objdump -d --no-show-raw-insn "$musl/lib/libc.so" |
		    awk -v f="<$f>:" '
			$2 == f { on = 1; next }
			on && /%fs:/ { n++ }
			on && /call/ { print "calls" }
			on && /ret/ { print n, "of %fs"; exit }' >path
		atf_check -o inline:'1 of %fs\n' cat path
	done
}

# It is complete where it is put, and used from there.
destdir()
{
	atf_check -o ignore bmake -C "$libc" "OBJTOP=$objtop" \
	    musl "DESTDIR=$PWD/dest"
	musl=$PWD/dest
	link=static
	cc static ctl.c
	good ./static opt.narenas 3
	link=dynamic
	cc dynamic ctl.c
	atf_check -o match:"$PWD/dest/lib/ld-musl" readelf -lW dynamic
	good ./dynamic opt.narenas 3
	for l in m pthread dl rt crypt; do
		atf_check test -f "dest/lib/lib$l.a"
	done
	atf_check test -f dest/lib/crt1.o
	# Or is to be elsewhere in the end.
	atf_check -o ignore bmake -C "$libc" "OBJTOP=$objtop" \
	    musl "DESTDIR=$PWD/stage" MUSL_PREFIX=/opt/musl
	atf_check test -e stage/opt/musl/lib/libc.so
	atf_check -o match:/opt/musl/lib cat stage/opt/musl/bin/musl-gcc
	atf_check -o match:'-dynamic-linker /lib/ld-musl' \
	    cat stage/opt/musl/lib/musl-gcc.specs
}

debug()
{
	atf_check -s not-exit:0 -o ignore -e match:'no DEBUG build' \
	    bmake -C "$libc" "OBJTOP=$objtop" musl DEBUG=yes
}

# The glue is thin: all of it together.
atf_test_case thin
thin_head()
{
	atf_set descr "The glue of both libcs has less than 600 lines"
}
thin_body()
{
	cd "$libc" || atf_fail "no glue"
	n=$(cat musl/* stdlib/malloc/basalt/* | wc -l)
	[ "$n" -lt 600 ] || atf_fail "$n lines"
}

atf_init_test_cases()
{
	atf_add_test_case thin
	each exports "The names of malloc_np.h and no others" \
	    dynamic arm64_dynamic
	each weak "malloc and its kin are weak" static arm64_static
	each tls "No thread-local memory" dynamic arm64_dynamic
	each fast "The thread's cache is one load away" dynamic
	each destdir "An installation is complete, wherever it is" dynamic
	each debug "DEBUG=yes is refused" dynamic
}

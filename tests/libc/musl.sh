# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# For the tests of the in-tree musl: each of their programs is built by its
# musl-gcc, dynamic and static, for this machine's processor and for arm64.

objtop=${BASALT_LIBDIR%/lib/libbasalt}
sources=${BASALT_SRCTOP}/tests/libc/musl

# variant NAME: sets musl, run and link, or skips.
variant()
{
	case $1 in
	arm64_*)
		musl=$objtop/musl/aarch64
		# The program's name for itself is a path to it.
		run="qemu-aarch64"
		command -v qemu-aarch64 >/dev/null ||
		    atf_skip "there is no qemu-aarch64"
		;;
	*)
		musl=$objtop/musl/$(uname -m | sed 's/x86_64/amd64/')
		run=
		;;
	esac
	link=${1#arm64_}
	[ -x "$musl/bin/musl-gcc" ] ||
	    atf_skip "there is no musl in ${musl#"$objtop/"}: see bmake musl"
}

# cc PROGRAM SOURCE [FLAGS...]: of the variant.
cc()
{
	program=$1
	source=$2
	shift 2
	[ "$link" != static ] || set -- -static "$@"
	atf_check "$musl/bin/musl-gcc" -O1 -Wall -Wextra -Werror \
	    -fno-builtin -o "$program" "$sources/$source" "$@"
}

# lib LIBRARY SOURCE [FLAGS...]
lib()
{
	library=$1
	source=$2
	shift 2
	atf_check "$musl/bin/musl-gcc" -O1 -Wall -Wextra -Werror -shared \
	    -fPIC -fno-builtin -o "$library" "$sources/$source" "$@"
}

# good PROGRAM...: it says that it is done.
good()
{
	atf_check -o match:'^done$' $run "$@"
}

# each NAME DESCRIPTION [VARIANT...]: a test of each variant, made by NAME.
each()
{
	name=$1
	description=$2
	shift 2
	[ $# -gt 0 ] || set -- dynamic static arm64_dynamic arm64_static
	for v; do
		atf_test_case "${name}_$v"
		eval "${name}_${v}_head() {
			atf_set descr \"$description\"
			atf_set timeout 600
		}
		${name}_${v}_body() {
			variant $v
			$name
		}"
		atf_add_test_case "${name}_$v"
	done
}

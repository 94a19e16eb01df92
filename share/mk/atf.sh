#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# atf.sh SOURCE DIR CC [FLAGS...]: ATF's library for tests in C, from its own
# source, as DIR/libatf-c.a with its headers in DIR.  Debian's is for its libc
# alone, and dynamic.

set -eu

[ $# -ge 3 ] || { sed -n '5,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
source=$1
dir=$2
shift 2

if [ -e "$dir/libatf-c.a" ] && [ "$(cat "$dir/cc")" = "$*" ]; then
	exit 0
fi
rm -rf "$dir"
mkdir -p "$dir/atf-c" "$dir/obj"

# What its configure would find out here.
for word in 'PACKAGE_BUGREPORT "nobody"' 'PACKAGE_NAME "atf"' \
    'PACKAGE_VERSION "0"' 'PACKAGE_STRING "atf"' 'HAVE_GETCWD_DYN 1' \
    'HAVE_GNU_GETOPT 1' 'HAVE_PUTENV 1' 'HAVE_SETENV 1' \
    'HAVE_UNSETENV 1' 'HAVE_VSNPRINTF_IN_STD 1'; do
	echo "#define $word"
done >"$dir/config.h"
sed 's/@ATTRIBUTE_FORMAT_PRINTF@/__attribute__((__format__(__printf__, a, b)))/
s/@ATTRIBUTE_NORETURN@/__attribute__((__noreturn__))/
s/@ATTRIBUTE_UNUSED@/__attribute__((__unused__))/' \
    "$source/atf-c/defs.h.in" >"$dir/atf-c/defs.h"
cp "$source/atf-c.h" "$dir"
cp "$source"/atf-c/*.h "$dir/atf-c"

# Its own tests lie among its sources.  That tests can compile is not needed.
for file in "$source"/atf-c/*.c "$source"/atf-c/detail/*.c; do
	case ${file##*/} in
	*_test.c | test_helpers.c | process_helpers.c | version_helper.c)
		continue ;;
	esac
	"$@" -std=gnu99 -D_GNU_SOURCE -DHAVE_CONFIG_H -O1 -w \
	    -DATF_BUILD_CC='""' -DATF_BUILD_CFLAGS='""' \
	    -DATF_BUILD_CPP='""' -DATF_BUILD_CPPFLAGS='""' \
	    -DATF_BUILD_CXX='""' -DATF_BUILD_CXXFLAGS='""' \
	    -I"$dir" -I"$source" -c \
	    -o "$dir/obj/${file##*/}.o" "$file"
done
ar crD "$dir/libatf-c.a.new" "$dir"/obj/*.o
echo "$*" >"$dir/cc"
mv "$dir/libatf-c.a.new" "$dir/libatf-c.a"

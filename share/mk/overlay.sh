#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# overlay.sh SRC: puts basalt into a tree of FreeBSD's sources, as a malloc that
# LIBC_MALLOC=basalt in src.conf(5) chooses.  Run it again after a change here.
# Of what is there it changes one line, in share/mk/src.opts.mk.

set -eu

[ $# -eq 1 ] || {
	sed -n 's/^# \{0,1\}//; 5,7p' "$0" >&2
	exit 2
}
top=$(cd "$(dirname "$0")/../.." && pwd)
src=$1
slot=lib/libc/stdlib/malloc
opts=share/mk/src.opts.mk

[ -f "$src/$slot/Symbol.map" ] && [ -f "$src/$opts" ] || {
	echo "overlay.sh: $src has no $slot/Symbol.map and $opts" >&2
	exit 1
}

rm -rf "$src/contrib/basalt" "$src/$slot/basalt"
cp -R "$top/contrib/basalt" "$src/contrib/"
# FreeBSD's own header of that name stays where it is, for all others.
cp "$top/include/malloc_np.h" "$src/contrib/basalt/"
cp -R "$top/$slot/basalt" "$src/$slot/"
cp "$top/$slot/malloc_compat.c" "$src/$slot/"
for machine in amd64 aarch64; do
	cp "$top/lib/libc/$machine/stdlib/malloc_machdep.h" \
	    "$src/lib/libc/$machine/stdlib/"
done
# Pages beside what they tell of, as jemalloc's is.
for page in man3/malloc.3 man3/mallocx.3 man3/mallctl.3 man5/malloc.conf.5 \
    man7/basalt.7; do
	cp "$top/share/man/$page" "$src/$slot/basalt/"
done
if ! grep -q '^__LIBC_MALLOC_OPTIONS=.*basalt' "$src/$opts"; then
	sed 's/^__LIBC_MALLOC_OPTIONS=.*/& basalt/' "$src/$opts" \
	    >"$src/$opts.new"
	cat "$src/$opts.new" >"$src/$opts"
	rm "$src/$opts.new"
fi
grep -q '^__LIBC_MALLOC_OPTIONS=.*basalt' "$src/$opts" || {
	echo "overlay.sh: add basalt to LIBC_MALLOC's values in $opts" >&2
	exit 1
}

#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# suites.sh SRCTOP OBJTOP SIZE...: builds the tests for arm64 and, for each
# page size (4k, 16k, 64k), a suite that runs them with it.
#
# Where a tool or a package is not to be had each suite is one test that is
# skipped and says why; whatever fails after that is a failure.

set -eu

srctop=$1
objtop=$2
shift 2
sizes=$*
mk=$srctop/share/mk
make=${MAKE:-bmake}
out=$objtop/arm64
root=$out/root
folders="os util meta page heap thread watch api misuse conf stress programs"

skip() {
	echo "tests for arm64: $1"
	for size in $sizes; do
		sh "$mk/view.sh" -s "$objtop" "arm64/$size" "$1"
	done
	exit 0
}

# A machine of that kind runs them too, but its pages have one size.
for tool in aarch64-linux-gnu-gcc aarch64-linux-gnu-g++ qemu-aarch64; do
	command -v $tool >/dev/null || skip "there is no $tool"
done
mkdir -p "$out"
sh "$mk/debian.sh" binary arm64 "$root" libc6 libgcc-s1 libstdc++6 \
    libatf-c-1 libatf-dev >"$out/fetch.log" 2>&1 ||
    skip "no packages for arm64: $(tail -n 1 "$out/fetch.log")"

$make -C "$srctop" -j "$(getconf _NPROCESSORS_ONLN)" TARGET=aarch64 \
    OBJTOP="$out" TESTS="$folders" CPPFLAGS="-isystem $root/usr/include" \
    LIBATF="-L$root/usr/lib/aarch64-linux-gnu -latf-c" tests

sh "$srctop/tests/arm64/emulator.sh" "$out"

# What the kernel of such a machine says of its huge pages: files below the
# emulator's root are looked at before the machine's own.
huge() {
	thp=$1/sys/kernel/mm/transparent_hugepage
	rm -rf "$1"
	mkdir -p "$thp"
	for dir in lib usr; do
		ln -s "$root/$dir" "$1/$dir"
	done
	echo "always [madvise] never" >"$thp/enabled"
	echo $(($2 * 1024)) >"$thp/hpage_pmd_size"
	kib=64
	while [ $kib -le "$2" ]; do
		mkdir "$thp/hugepages-${kib}kB"
		echo "always inherit madvise [never]" \
		    >"$thp/hugepages-${kib}kB/enabled"
		kib=$((kib * 2))
	done
	echo "always [inherit] madvise never" \
	    >"$thp/hugepages-${2}kB/enabled"
}

# By names without a directory: with large pages the emulator cannot read what
# the dynamic linker has kept in the last page of its own data.
for lib in "$out/tests/bin/libgranule.so" "$out/lib/libbasalt/libbasalt.so.1"
do
	ln -sf "$lib" "$root/lib/aarch64-linux-gnu"
done
# In the guest's environment and not in the emulator's own.
granule=QEMU_SET_ENV=LD_PRELOAD=libgranule.so
for size in $sizes; do
	page=$((${size%k} * 1024))
	guest=$out/root-$size
	# Where a page of the page table is full of last entries.
	huge "$guest" $((page / 8 * page / 1024))
	sh "$mk/view.sh" "$objtop" "arm64/$size" "$out/tests" \
	    BASALT_LIBDIR="$out/lib/libbasalt" BASALT_PAGE=$page "$granule" \
	    BASALT_WINDOW=$((4 << 30)) \
	    BASALT_PRELOAD="$granule:libbasalt.so.1" BASALT_SCALE=20 -- \
	    "$out/emulator" -L "$guest" -p "$page" -0 '"$0"'
done

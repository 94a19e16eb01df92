# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# zstd with threads: what it packs is what musl's own malloc gives, and what it
# unpacks is what was there.

. "$BASALT_SRCTOP/tests/system/lib.sh"

# Some 32 MB of text that packs to a third or so.
make_text()
{
	awk 'BEGIN {
		x = 42
		for (i = 0; i < 800000; i++) {
			x = (x * 16807) % 2147483647
			printf "%d line %d of %x\n", x, i, x % 5003
		}
	}' >text
}

threads()
{
	need zstd
	make_text
	cksum <text >sum
	for args in "-1 -T4" "-3 -T2 --long=24" "-5 -T8 -B1MiB" "-6 -T1"; do
		# Levels and options are words.
		# shellcheck disable=SC2086
		for libc in own basalt; do
			atf_check "$system/$libc-$1/zstd" -q -f $args \
			    --check -o $libc.zst text
		done
		atf_check cmp own.zst basalt.zst
		"$system/basalt-$1/zstd" -q -dc --long=24 basalt.zst | cksum \
		    >back
		atf_check -o file:sum cat back
		ls -l basalt.zst
	done
	options atf_check "$system/basalt-$1/zstd" -q -f -5 -T8 -B1MiB \
	    --check -o settings.zst text
	atf_check -o file:sum sh -c \
	    "'$system/own-$1/zstd' -q -dc settings.zst | cksum"
}
both threads "Levels, threads and windows there and back"

dictionary()
{
	need zstd
	make_text
	mkdir parts packed
	split -l 400 -a 3 text parts/
	for libc in own basalt; do
		atf_check -e ignore "$system/$libc-$1/zstd" -q -f --train \
		    -r parts --maxdict=32768 -T4 -o $libc.dict
	done
	atf_check cmp own.dict basalt.dict
	atf_check "$system/basalt-$1/zstd" -q -T4 -19 -D basalt.dict -r parts \
	    --output-dir-flat packed
	for f in parts/*[aq]; do
		"$system/basalt-$1/zstd" -q -dc -D own.dict \
		    "packed/${f#parts/}.zst" | cmp - "$f" ||
			atf_fail "$f has changed"
	done
}
both dictionary "A dictionary learnt with threads, and small files with it"

bench()
{
	need zstd
	make_text
	head -c 3000000 text >small
	atf_check -o ignore -e ignore "$system/basalt-$1/zstd" -b1 -e9 -i0 \
	    -T3 small
	atf_check "$system/basalt-$1/zstd" -q -19 -T4 -o small.zst small
	atf_check "$system/own-$1/zstd" -q -t small.zst
	atf_check "$system/basalt-$1/zstd" -q -t small.zst
}
both bench "Its own check of all levels from 1 to 9"

#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# plots.sh CSV DIRECTORY: figures of the section on growth, as SVG.

set -eu

csv=$1
dir=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if ! command -v gnuplot >/dev/null; then
	echo "plots: gnuplot is not installed (gnuplot-nox), so no figures are" \
	    "drawn; the numbers are in $csv"
	exit 0
fi

# plot KIND TITLE X: a line an allocator, of those that have figures.
plot() {
	kind=$1
	lines=
	for name in basalt glibc jemalloc mimalloc tcmalloc; do
		awk -F, -v kind="$kind" -v name="$name" '
		{ split($2, a, " ") }
		$1 == "growth" && a[1] == kind && $3 == name && $5 != "" {
			print a[2], $5
		}' "$csv" >"$work/$kind.$name"
		[ -s "$work/$kind.$name" ] || continue
		lines="$lines${lines:+, }'$work/$kind.$name' with linespoints"
		lines="$lines linewidth 2 title '$name'"
	done
	[ -n "$lines" ] || return 0
	gnuplot <<-end
		set terminal svg size 640,400 font 'sans-serif,12'
		set output '$dir/growth-$kind.svg'
		set title '$2'
		set xlabel '$3'
		set ylabel 'CPU ns'
		set logscale x
		set yrange [0:*]
		set key outside right
		set grid
		plot $lines
	end
	echo "$dir/growth-$kind.svg"
}

plot threads 'A malloc and a free, objects of one thread' 'threads'
plot passing 'The same, one in eight freed by another thread' 'threads'
plot beside 'A few objects that come and go beside a live heap' 'heap, MiB'
plot within 'Any object of the heap may go next' 'heap, MiB'
plot arenas 'Arenas that are there' 'arenas'
plot calls 'Arenas that are named in turn, without a cache' 'arenas'

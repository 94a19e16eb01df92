#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# profcheck.sh FORMAT FILE...: is each file a whole profile of the format?  Says
# what is wrong in them; nothing: they are all right.  PROF_STACKS is how many
# stacks a heap_v2 has at least.

format=$1
watch=$(dirname "$0")/../watch
shift

heap_v2()
{
	awk -v least="${PROF_STACKS:-0}" '
	function counts(text) {
		return text ~ /^[0-9]+: [0-9]+ \[[0-9]+: [0-9]+\]/
	}
	function bad() { print FILENAME ":" FNR ": " $0 }
	function ended() {
		if (file != "" && (!maps || stacks < least))
			print file ": cut off, " stacks " stacks"
	}
	FNR == 1 {
		ended()
		file = FILENAME
		maps = stacks = 0
		if ($0 !~ /^heap_v2\/[0-9]+$/)
			bad()
		next
	}
	maps { next }
	/^MAPPED_LIBRARIES:$/ { maps = 1; next }
	/^@( 0x[0-9a-f]+)+$/ { stacks++; next }
	/^  t(\*|[0-9]+): / && counts(substr($0, index($0, ": ") + 2)) { next }
	/^$/ { next }
	{ bad() }
	END { ended() }' "$@"
}

pprof()
{
	for f; do
		gzip -t <"$f" 2>&1 || echo "$f: not whole"
		# That takes long: of ten files one.
		case $f in
		*[1-9]) continue ;;
		esac
		! command -v protoc >/dev/null ||
		    gzip -dc <"$f" | protoc \
		    --proto_path="$watch" \
		    --decode=Profile profile.proto >/dev/null ||
		    echo "$f: not a profile"
	done
}

folded()
{
	grep -Evn '^[^ ;][^;]*(;[^ ;][^;]*)* [0-9]+$' /dev/null "$@"
	for f; do
		[ -s "$f" ] || echo "$f: empty"
	done
}

case $format in
heap_v2 | pprof | folded) "$format" "$@" ;;
*) echo "profcheck.sh: what is $format?" ;;
esac

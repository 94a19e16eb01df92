# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# What scripts share that run programs on basalt and its peers; each reads it
# in, when it has set
#
# basalt	the library
# extra		others, as NAME=LIBRARY
#
# It makes $tmp, a directory that goes when the script ends; so does the
# process in $server.

tmp=$(mktemp -d)
server=
cleanup() {
	trap - EXIT
	[ -z "$server" ] || kill "$server" 2>/dev/null || :
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# library NAME: its path; empty for the C library's; fails: there is none.
library() {
	for pair in $extra; do
		[ "$1" != "${pair%%=*}" ] || { echo "${pair#*=}"; return; }
	done
	case $1 in
	basalt) echo "$basalt"; return ;;
	glibc) echo; return ;;
	jemalloc) file=libjemalloc.so.2 ;;
	mimalloc) file=libmimalloc.so.2.0 ;;
	tcmalloc) file=libtcmalloc_minimal.so.4 ;;
	*) return 1 ;;
	esac
	for dir in /usr/local/lib /usr/lib/*-linux-gnu /usr/lib64 /usr/lib; do
		[ ! -e "$dir/$file" ] || { echo "$dir/$file"; return; }
	done
	return 1
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# /etc/malloc.conf, in an /etc that only the test sees.

# ./show LINK [NAME=VALUE ...]: the options of a program there.
show_make()
{
	cat >show <<-'END'
		#!/bin/sh
		exec unshare --user --map-root-user --mount sh -c '
			link=$1
			shift
			mkdir -p etc && mount --bind etc /etc || exit
			[ -z "$link" ] || ln -sfn "$link" /etc/malloc.conf
			exec env -i "$@" "$BASALT_BINDIR/conf_static"
		' sh "$@"
	END
	chmod +x show
}

require_unshare()
{
	unshare --user --map-root-user --mount sh -c \
	    'mkdir -p probe && mount --bind probe /etc' 2>/dev/null ||
	    atf_skip "no mount of our own to be had"
	[ ! -L /etc/malloc.conf ] || atf_skip "/etc/malloc.conf is in use"
}

atf_test_case target
target_head()
{
	atf_set descr "Options are read from what the link points to"
}
target_body()
{
	require_unshare
	show_make
	atf_check -o match:'^narenas: 3$' \
	    -o match:'^malloc_conf.symlink: "narenas:3,zero:true"$' \
	    -o match:'^zero: true$' ./show narenas:3,zero:true
	atf_check -o match:'^narenas: 2$' -o match:'^zero: true$' \
	    ./show narenas:3,zero:true MALLOC_CONF=narenas:2
	atf_check -o ignore \
	    -e match:'^<basalt>: .* pair: a:1 \(in /etc/malloc.conf\)$' \
	    ./show a:1
}

atf_test_case none
none_head()
{
	atf_set descr "No link, no harm"
}
none_body()
{
	require_unshare
	show_make
	atf_check -o not-match:symlink -o match:'^zero: false$' ./show ""
}

atf_init_test_cases()
{
	atf_add_test_case target
	atf_add_test_case none
}

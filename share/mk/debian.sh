#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# debian.sh source DIR PACKAGE...	the sources, as Debian builds them, in
#					DIR/PACKAGE
# debian.sh binary ARCH DIR PACKAGE...	the packages of that architecture
#					unpacked in DIR, as in a file system
#
# Fetched with apt, from where this machine has its packages from, but with a
# configuration and lists of our own: what the machine has is not touched.
# What is there already is not fetched again.  DISTDIR, or DIR/.apt, keeps the
# lists.  Several may run at once: one waits for the other.

set -eu

usage() {
	sed -n 's/^# \{0,1\}//; 5,8p' "$0" >&2
	exit 2
}

die() {
	echo "debian.sh: $*" >&2
	exit 1
}

[ $# -ge 3 ] || usage
kind=$1
arch=$(dpkg --print-architecture)
case $kind in
source)
	;;
binary)
	[ $# -ge 4 ] || usage
	arch=$2
	shift
	;;
*)
	usage
	;;
esac
mkdir -p "$2"
dir=$(cd "$2" && pwd)
shift 2
exec 9>"$dir/.lock"
flock 9
apt=${DISTDIR:-$dir/.apt}/$arch
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")

# Debian's own mirror, of all that the machine has; with its signing key.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN)' 2>/dev/null |
    awk '$2 == "Debian" && !/security/ { print $1; exit }')
[ -n "$mirror" ] || die "apt knows no mirror of Debian"

setup() {
	[ -f "$apt/ready" ] && return
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	: >"$apt/status"
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	for t in deb deb-src; do
		echo "$t [signed-by=$keys] $mirror $codename main"
	done >"$apt/sources.list"
	cat >"$apt/apt.conf" <<-END
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
		Dir::Etc::SourceList "$apt/sources.list";
		Dir::Etc::SourceParts "-";
		Dir::State::Lists "$apt/lists";
		Dir::State::Status "$apt/status";
		Dir::Cache "$apt/cache";
	END
	get update || die "no package lists from $mirror"
	: >"$apt/ready"
}

get() {
	APT_CONFIG=$apt/apt.conf apt-get -qq "$@"
}

unpacked() {
	mkdir -p "$dir/.new"
	(cd "$dir/.new" && get source "$1") >"$dir/.log" 2>&1 || {
		cat "$dir/.log" >&2
		die "no source of $1"
	}
	for d in "$dir/.new"/*/; do
		mv "$d" "$dir/$1"
	done
	rm -rf "$dir/.new"
}

case $kind in
source)
	rm -rf "$dir/.new"
	for p in "$@"; do
		[ -d "$dir/$p" ] && continue
		setup
		unpacked "$p"
	done
	;;
binary)
	mkdir -p "$dir/.have"
	for p in "$@"; do
		[ -e "$dir/.have/$p" ] && continue
		setup
		rm -rf "$dir/.new"
		mkdir "$dir/.new"
		(cd "$dir/.new" && get download "$p") || die "no package $p:$arch"
		dpkg-deb -x "$dir/.new"/*.deb "$dir"
		rm -rf "$dir/.new"
		: >"$dir/.have/$p"
	done
	;;
esac

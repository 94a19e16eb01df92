#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# setup.sh: installs what a bare Debian 12 lacks to build, run, test, measure
# and check basalt, and does nothing else.  Run it as often as you like.

set -eu

packages="
	bmake make binutils gcc g++ libc6-dev pkgconf
	kyua atf-sh libatf-dev
	clang clang-tidy cppcheck libclang-rt-14-dev mandoc shellcheck
	gnuplot-nox valgrind strace linux-perf procps jq perl python3 git xz-utils
	libjemalloc2 libjemalloc-dev libmimalloc2.0 libtcmalloc-minimal4
	redis-server redis-tools
	dpkg-dev make rsync patch tcl spin
	golang-go protobuf-compiler chromium-headless-shell
	gcc-aarch64-linux-gnu g++-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user
"

installed() {
	case $(dpkg-query -W -f '${Status}' "$1" 2>/dev/null) in
	*" ok installed") return 0 ;;
	esac
	return 1
}

# For a compiler for FreeBSD; Debian's, where the machine has no other one.
command -v npm >/dev/null || packages="$packages npm"

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	echo "setup: this is not a Debian; these packages are expected:" $packages
	exit 0
fi

missing=
for p in $packages; do
	installed "$p" || missing="$missing $p"
done
if [ -z "$missing" ]; then
	echo "setup: nothing to install"
	exit 0
fi
echo "setup: installing$missing"

if [ "$(id -u)" -eq 0 ]; then
	as_root() { env "$@"; }
elif command -v sudo >/dev/null; then
	as_root() { sudo env "$@"; }
else
	echo "setup: installing needs root, and there is no sudo" >&2
	exit 1
fi
apt() {
	as_root DEBIAN_FRONTEND=noninteractive apt-get -q -y \
	    -o Dpkg::Use-Pty=0 "$@"
}

# Debian starts a server once it is installed.  We want the redis-server program
# alone, so for the time of the installation the system is told not to.
policy=/usr/sbin/policy-rc.d
guarded=no
unguard() {
	if [ "$guarded" = yes ]; then
		guarded=no
		as_root rm -f "$policy"
	fi
}
case " $missing " in
*" redis-server "*)
	if [ ! -e "$policy" ]; then
		trap unguard EXIT
		trap 'exit 129' HUP
		trap 'exit 130' INT
		trap 'exit 143' TERM
		guarded=yes
		as_root sh -c 'printf "#!/bin/sh\nexit 101\n" >"$1" &&
		    chmod 755 "$1"' sh "$policy"
	fi
	;;
esac

apt update
# The names are words of our own list.
# shellcheck disable=SC2086
apt install --no-install-recommends $missing

case " $missing " in
*" redis-server "*)
	# Nor at the next boot.
	as_root DPKG_MAINTSCRIPT_PACKAGE=redis-server \
	    deb-systemd-helper disable redis-server.service \
	    >/dev/null 2>&1 || :
	;;
esac
unguard
echo "setup: done"

#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# emulator.sh DIR: makes DIR/emulator, a qemu-aarch64 as tests need it: one
# whose processes may start threads after a fork and end by a signal without a
# word (emulator.c), and without a core.

set -eu

dir=$1
here=$(cd "$(dirname "$0")" && pwd)
qemu=$(command -v qemu-aarch64)

# This machine's dynamic linker, so that no LD_PRELOAD reaches the guest.
linker=$(readelf -l "$qemu" | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
if [ -n "$linker" ]; then
	cc -O -Wall -Wextra -shared -fPIC -D_GNU_SOURCE \
	    -o "$dir/emulator.so.$$" "$here/emulator.c"
	mv "$dir/emulator.so.$$" "$dir/emulator.so"
	qemu="$linker --preload $dir/emulator.so $qemu"
fi
cat >"$dir/emulator.$$" <<END
#!/bin/sh
ulimit -c 0
exec $qemu "\$@"
END
chmod +x "$dir/emulator.$$"
mv "$dir/emulator.$$" "$dir/emulator"

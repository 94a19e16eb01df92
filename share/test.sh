#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# test.sh: installs what is missing, builds, and runs every test.  The last
# line is `N passed, N failed'.

set -eu

top=$(cd "$(dirname "$0")/.." && pwd)

sh "$top/share/setup.sh"
cd "$top"
bmake -j "$(getconf _NPROCESSORS_ONLN)" tests
exec bmake test

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The sources, a layer at a time, lowest first: a file dropped into a layer is
# in.  Given BASALT_DIR, sets
#
# BASALT_SRCS		what every build takes, as layer/file.c
# BASALT_LIBRARY_SRCS	what a library beside a libc takes besides: in a libc
#			its glue does this
# BASALT_BEYOND_SRCS	functions that a libc may have without its malloc; in
#			BASALT_SRCS
# BASALT_DEBUG_SRCS	what only builds with BASALT_DEBUG need; in BASALT_SRCS
# BASALT_OS_LINUX, BASALT_OS_FREEBSD, BASALT_OS_FAKE
#			the OS layer to put under it, one of the three

BASALT_LAYERS=	os util meta page heap thread watch api

BASALT_OS_LINUX=	os/os_linux.c os/os_linux_thp.c os/os_posix.c
BASALT_OS_FREEBSD=	os/os_freebsd.c os/os_posix.c
BASALT_OS_FAKE!=	cd ${BASALT_DIR} && ls os/os_fake*.c 2>/dev/null || :

BASALT_LIBRARY_SRCS=	os/os_pthread.c api/cxx.c api/cxx_catch.cc
BASALT_BEYOND_SRCS=	api/reallocarray.c api/sized.c api/valloc.c
BASALT_DEBUG_SRCS=	os/tally.c util/lock_rank.c watch/stats_tally.c

BASALT_SRCS!=	cd ${BASALT_DIR} && \
		for l in ${BASALT_LAYERS}; do ls $$l/*.c $$l/*.cc 2>/dev/null || :; done
.for s in ${BASALT_OS_LINUX} ${BASALT_OS_FREEBSD} ${BASALT_OS_FAKE} \
    ${BASALT_LIBRARY_SRCS}
BASALT_SRCS:=	${BASALT_SRCS:N${s}}
.endfor

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Platform, tools, directories.  A Makefile reaches this file by a relative
# path, so no environment has to be set up; whatever the host's own sys.mk said
# before is replaced here as far as we use it.

.if !defined(_BASALT_SYS_MK)
_BASALT_SYS_MK=	yes

SRCTOP:=	${.PARSEDIR:tA:H:H}

# FreeBSD's names, whatever the host calls itself.
_MACHINE!=	uname -m
.if ${_MACHINE} == "x86_64" || ${_MACHINE} == "amd64"
HOST_CPUARCH=	amd64
.elif ${_MACHINE} == "aarch64" || ${_MACHINE} == "arm64"
HOST_CPUARCH=	aarch64
.else
HOST_CPUARCH=	${_MACHINE}
.endif
OPSYS!=		uname -s

# TARGET=aarch64 on the command line builds for that processor, with the tools
# of ${CROSS}; OBJTOP should be another then, too.
TARGET?=	${HOST_CPUARCH}
MACHINE_CPUARCH=	${TARGET}
.if ${TARGET} != ${HOST_CPUARCH}
CROSS?=		${TARGET:S/amd64/x86_64/}-linux-gnu-
.endif

# The host's sys.mk may have said `cc -pipe' or `g++'; a command line still wins
# over what is said here.
.if empty(CC) || ${CC:[1]} == "cc" || ${CC:[1]} == "gcc"
CC=		${CROSS}gcc
.endif
.if empty(CXX) || ${CXX:[1]} == "c++" || ${CXX:[1]} == "g++"
CXX=		${CROSS}g++
.endif
# A command line's too: where there is a DESTDIR the host's own would have
# headers be looked for there.
CPPFLAGS=
LD=		${CROSS}ld
AR=		${CROSS}ar
NM=		${CROSS}nm
OBJCOPY=	${CROSS}objcopy
INSTALL=	install
MANDOC=		mandoc
KYUA=		kyua
.if exists(/usr/libexec/atf-sh)
ATF_SH=		/usr/libexec/atf-sh
.else
ATF_SH=		/usr/bin/atf-sh
.endif

# One line a step; VERBOSE=yes shows the commands instead.
.if defined(VERBOSE)
SAY=		@:
HUSH=
.else
SAY=		@echo
HUSH=		@
.MAKE.JOB.PREFIX=
.endif

# Objects stay out of the sources: OBJTOP mirrors the tree.
OBJTOP?=	${SRCTOP}/build
.if empty(OBJTOP:M/*)
.error OBJTOP must be an absolute path
.endif
RELDIR:=	${.CURDIR:tA:S,^${SRCTOP},,:S,^/,,}
_MKOBJDIR!=	mkdir -p ${OBJTOP:Q}/${RELDIR}; echo
.OBJDIR: ${OBJTOP}/${RELDIR}

.SUFFIXES:
.SUFFIXES: .o .c .cc
# Sources alone are looked for in the tree: an object that strayed there is not.
.PATH.c: ${.CURDIR}
.PATH.cc: ${.CURDIR}

.MAIN: all
.DELETE_ON_ERROR:

.endif

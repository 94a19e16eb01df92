# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# How one C file becomes one object.
#
# CFLAGS	for every object of the directory
# CPPFLAGS	the same, from the command line
# CFLAGS.x	for x.c alone (CFLAGS.x.c is the same)
# SANITIZE	flags that every compilation and link takes on top
# WERROR	-Werror, or nothing

.if !defined(_BASALT_INIT_MK)
_BASALT_INIT_MK=	yes

.include "sys.mk"
.include "${SRCTOP}/Makefile.inc"

# -MMD lets the compiler write down which headers it read; -MP keeps a header
# that has gone from stopping the build.
_DEPFLAGS=	-MMD -MP -MT ${.TARGET} -MF ${.TARGET:R}.d
_CC=		${CC} ${CSTD} ${CPPFLAGS} ${COPTFLAGS} ${CWARNFLAGS} ${CPATHFLAGS} ${CFLAGS}
_CXX=		${CXX} ${COPTFLAGS} -Wall -Wextra ${WERROR} ${CPATHFLAGS} ${CXXFLAGS}

.c.o:
	${SAY} cc ${.IMPSRC:S,^${SRCTOP}/,,}
	${HUSH}${_CC} ${CFLAGS.${.IMPSRC:T}} ${CFLAGS.${.IMPSRC:T:R}} \
	    ${SANITIZE} ${_DEPFLAGS} -c -o ${.TARGET} ${.IMPSRC}
.cc.o:
	${SAY} c++ ${.IMPSRC:S,^${SRCTOP}/,,}
	${HUSH}${_CXX} ${CXXFLAGS.${.IMPSRC:T:R}} \
	    ${SANITIZE} ${_DEPFLAGS} -c -o ${.TARGET} ${.IMPSRC}

.endif

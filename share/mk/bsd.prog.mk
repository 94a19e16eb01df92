# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# PROGS		programs, each made from x.c
# PROGS_CXX	programs, each made from x.cc
# SRCS.x	the sources of x when they are others
# CFLAGS.x	flags for x.c;  LDFLAGS.x, LDADD.x  for the link of x
# DPADD.x	files that the link of x reads besides its objects
#
# LDADD.x= ${LIBBASALT_LINK} runs x on basalt; without it x runs on the malloc
# of its libc, as a program to be preloaded should.
#
# IN_TREE=dynamic or static: CC is that of a libc whose malloc is basalt, so
# there is nothing to link, and C++ is not to be had.

.include "bsd.init.mk"

.if defined(IN_TREE)
LIBBASALT_LINK=
LIBBASALT_A=
.else
LIBBASALT_LINK=	-Wl,--no-as-needed ${LIBBASALT} -Wl,-rpath,${BASALT_LIBDIR}
.endif

_ALLPROGS=	${PROGS} ${PROGS_CXX}

.for p in ${PROGS}
SRCS.${p}?=	${p}.c
_LINK.${p}=	${CC}
.if defined(IN_TREE) && ${IN_TREE} == "static" && empty(p:M*.so)
LDFLAGS.${p}+=	-static
.endif
.endfor
.for p in ${PROGS_CXX}
SRCS.${p}?=	${p}.cc
_LINK.${p}=	${CXX}
.endfor

.for p in ${_ALLPROGS}
OBJS.${p}=	${SRCS.${p}:T:R:S/$/.o/}
OBJS+=		${OBJS.${p}}
LINKED+=	${p}
${p}: ${OBJS.${p}} ${DPADD} ${DPADD.${p}} \
    ${LDADD.${p}:M*${OBJTOP}/*.a} ${LDADD.${p}:M*${OBJTOP}/*.so.1}
	${SAY} link ${RELDIR}/${.TARGET}
	${HUSH}${_LINK.${p}} ${SANITIZE} ${LDFLAGS} ${LDFLAGS.${p}} -o ${.TARGET} \
	    ${OBJS.${p}} ${LDADD.${p}} ${LDADD} -pthread
.endfor
OBJS:=		${OBJS:O:u}

all: ${_ALLPROGS}
.if !target(install)
install:
.endif

.include "bsd.dep.mk"

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# A library, by the names that FreeBSD's own file of that name has for it.
#
# LIB		its name: lib${LIB}.a, lib${LIB}.so.${SHLIB_MAJOR}
# SRCS		its sources, which .PATH finds or rules make
# CFLAGS.x.c	flags for x.c alone
# SYMBOL_MAPS	which names go by which version; all others are local
# VERSION_DEF	the chain of versions
# LDFLAGS	for the shared library
# CLEANFILES	what rules make

.include "bsd.init.mk"

SHLIB=		lib${LIB}.so.${SHLIB_MAJOR}
OBJS=		${SRCS:R:S/$/.o/}
LINKED=		${SHLIB} lib${LIB}.a
CFLAGS+=	-fPIC
SOFLAGS=	-shared -Wl,-soname,${SHLIB} -Wl,-z,defs -Wl,-z,now \
		-Wl,-z,relro

all: ${SHLIB} lib${LIB}.so lib${LIB}.a

.if !empty(SYMBOL_MAPS)
Version.map: ${VERSION_DEF} ${SYMBOL_MAPS} ${SRCTOP}/share/mk/symver.awk
	${HUSH}awk -f ${SRCTOP}/share/mk/symver.awk ${VERSION_DEF} \
	    ${SYMBOL_MAPS} >${.TARGET}
${SHLIB}: Version.map
SOFLAGS+=	-Wl,--version-script=Version.map
.endif

${SHLIB}: ${OBJS}
	${SAY} link ${.TARGET}
	${HUSH}${CC} ${SOFLAGS} ${LDFLAGS} -o ${.TARGET} ${OBJS}

lib${LIB}.so: ${SHLIB}
	${HUSH}ln -sf ${SHLIB} ${.TARGET}

lib${LIB}.a: ${OBJS}
	${SAY} archive ${.TARGET}
	${HUSH}rm -f ${.TARGET} && ${AR} crD ${.TARGET} ${OBJS}

install: all .PHONY
	${SAY} install ${DESTDIR}${LIBDIR}
	${HUSH}${INSTALL} -d ${DESTDIR}${LIBDIR}
	${HUSH}${INSTALL} -m 755 ${SHLIB} ${DESTDIR}${LIBDIR}/${SHLIB}
	${HUSH}ln -sf ${SHLIB} ${DESTDIR}${LIBDIR}/lib${LIB}.so
	${HUSH}${INSTALL} -m 644 lib${LIB}.a ${DESTDIR}${LIBDIR}/lib${LIB}.a

.include "bsd.dep.mk"

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Every x_test.c and x_test.sh of the directory is one ATF program.
#
# TEST_LIB	what the C tests link:
#		unit	libbasalt_test.a: the insides, asserting, over the
#			in-memory OS; public names are bas_malloc and so on,
#			and the program itself runs on its libc's malloc
#		real	libbasalt.so.1: the whole program runs on basalt
#		none	nothing
# TEST_LIB.x	the same for x alone
# LIBRARY_TESTS	the tests that make no sense in-tree (IN_TREE, see bsd.prog.mk),
#		where those with the insides are left out as well
# LIBATF	-latf-c, or another
# TEST_METADATA, TEST_METADATA.x	for the Kyuafile: timeout="600" ...
# PROGS ...	helper programs, see bsd.prog.mk; $BASALT_BINDIR holds a link to
#		each, whichever directory it comes from
#
# The tests find in their environment BASALT_SRCTOP, BASALT_LIBDIR (with
# libbasalt.so.1 and libbasalt.a) and BASALT_BINDIR.  Before sh tests stands
# tests/include/testlib.sh, which tells more.

.include "bsd.init.mk"

TEST_LIB?=	real
LIBATF?=	-latf-c
BASALT_BINDIR=	${OBJTOP}/tests/bin

ATF_TESTS_C!=	cd ${.CURDIR} && ls *_test.c 2>/dev/null || :
ATF_TESTS_SH!=	cd ${.CURDIR} && ls *_test.sh 2>/dev/null || :
ATF_TESTS_C:=	${ATF_TESTS_C:R}
ATF_TESTS_SH:=	${ATF_TESTS_SH:R}
.if defined(IN_TREE)
.for t in ${ATF_TESTS_C}
TEST_LIB.${t}?=	${TEST_LIB}
.if ${TEST_LIB.${t}} == "unit"
LIBRARY_TESTS+=	${t}
.endif
.endfor
.for t in ${LIBRARY_TESTS}
ATF_TESTS_C:=	${ATF_TESTS_C:N${t}}
ATF_TESTS_SH:=	${ATF_TESTS_SH:N${t}}
.endfor
.endif
PROGS?=
PROGS_CXX?=
.if defined(IN_TREE)
PROGS_CXX=
.if ${IN_TREE} == "static"
PROGS:=		${PROGS:N*.so}
.endif
.endif
_HELPERS:=	${PROGS} ${PROGS_CXX}
PROGS+=		${ATF_TESTS_C}

# Tests misuse memory on purpose: the compiler need not point it out.
CFLAGS+=	${CNOBUILTIN} -Wno-unknown-warning-option \
		-Wno-use-after-free -Wno-free-nonheap-object \
		-Wno-alloc-size-larger-than -Wno-format-security
.for t in ${ATF_TESTS_C}
TEST_LIB.${t}?=	${TEST_LIB}
.if ${TEST_LIB.${t}} == "unit"
CFLAGS.${t}+=	${BASALT_INCS} -DBASALT_DEBUG -DBAS_PREFIXED
LDADD.${t}+=	${LIBBASALT_TEST} ${LIBATF}
.elif ${TEST_LIB.${t}} == "real"
LDADD.${t}+=	${LIBBASALT_LINK} ${LIBATF}
.else
LDADD.${t}+=	${LIBATF}
.endif
.endfor
.if ${TEST_LIB} == "unit"
CFLAGS+=	${BASALT_INCS} -DBASALT_DEBUG -DBAS_PREFIXED
.elif ${TEST_LIB} == "real"
CFLAGS+=	-I${SRCTOP}/include
.endif

.for t in ${ATF_TESTS_SH}
${t}: ${SRCTOP}/tests/include/testlib.sh ${.CURDIR}/${t}.sh
	${HUSH}{ echo '#! ${ATF_SH}'; cat ${.ALLSRC}; } >${.TARGET} && \
	    chmod +x ${.TARGET}
all: ${t}
.endfor

.for p in ${_HELPERS}
all: ${BASALT_BINDIR}/${p}
${BASALT_BINDIR}/${p}: ${p}
	${HUSH}mkdir -p ${.TARGET:H} && ln -sf ${.OBJDIR}/${p} ${.TARGET}
.endfor

# The Kyuafile is made anew each time: it is cheap, and a test that has gone
# must not stay in it.
all: Kyuafile
Kyuafile: .PHONY
	${HUSH}{ echo 'syntax(2)'; echo 'test_suite("basalt")'; \
	${TESTS_SUBDIRS:@d@echo 'include("${d}/Kyuafile")';@} \
	${ATF_TESTS_C:@t@echo 'atf_test_program{name="${t}"${TEST_METADATA:@m@, ${m}@}${TEST_METADATA.${t}:@m@, ${m}@}}';@} \
	${ATF_TESTS_SH:@t@echo 'atf_test_program{name="${t}"${TEST_METADATA:@m@, ${m}@}${TEST_METADATA.${t}:@m@, ${m}@}}';@} \
	} >${.TARGET}

.include "bsd.prog.mk"

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# all		the libraries
# test		the tests, under kyua; TESTS="heap page" for these folders alone
# examples	what share/examples has
# bench		our workloads on basalt and on its peers
# bench-programs	programs as they are, on basalt and on its peers
# bench-refill	holes in a redis server whose values grow, on all of these
# bench-prof	programs with heap profiles and without
# gate		instructions and resident memory against tests/perf/record
# gate-record	write that record anew; a change that is to be looked at
# counts	system calls, waits and lines that threads share, of a debug build
#		under WORKLOAD=name (of build/tests/perf/workload -l)
# bench-latency	single calls of malloc and free, on basalt and its peers
# bench-plots	cost as threads, heap and arenas grow, drawn by gnuplot
# bench-musl	programs on the in-tree musl and on musl with its own malloc
# soak		the long forms of the stress tests
# install	into ${DESTDIR}${PREFIX}; WITH_JEMALLOC_NAMES=yes for its names too
# musl		a musl libc whose malloc is basalt, in DESTDIR; MUSL_ARCH=aarch64 for
#		that processor; the first time it fetches Debian's source
# system	Debian's programs for tests/system, on the in-tree musl; `test'
#		makes them too
# lint		compilers' warnings as errors, static analysis, manual pages, layers
# sanitize	the tests under the address, undefined and thread sanitizers
# arm64		the libraries for arm64, cross-built in build/arm64; with DESTDIR=/dir
#		installed there, as `install' would
# freebsd	for FreeBSD on amd64 and arm64, cross-built in build/freebsd: what its
#		libc takes in, and the libraries; with DESTDIR=/dir in /dir/amd64
#		and /dir/aarch64.  The first time it fetches a compiler
# clean		what all of these made
#
# DEBUG=yes asserts invariants; VERBOSE=yes shows commands; OBJTOP=/dir builds
# there instead of in build/.

SUBDIR=		lib share/heap share/man
SUBDIR_TARGETS=	all install

.include "share/mk/bsd.init.mk"
.include "share/mk/bsd.subdir.mk"

_SUB=		${MAKE} -C ${.CURDIR}

# One after the other: they share objects.
testlibs: all .PHONY
prefixed: testlibs .PHONY
testlibs prefixed:
	@${_SUB}/lib ${.TARGET}

# What share/run.sh runs.
run: all .PHONY
	@${_SUB}/share/run all

# Programs to learn from, which the tests run.
examples: all .PHONY
	@${_SUB}/share/examples all

tests: all testlibs examples .PHONY
	@${_SUB}/tests all

# Other builds of the tests, with other compilers.
suites: tests .PHONY
	@${_SUB}/tests suites

# Programs of Debian's on the in-tree musl: most of the time that the tests
# take to build, so only when they will run.
system: .PHONY
.if !defined(TESTS) || !empty(TESTS:Msystem)
	@${_SUB}/tests/system programs
.endif

test: tests suites system .PHONY
	@BASALT_SRCTOP=${SRCTOP} BASALT_LIBDIR=${BASALT_LIBDIR} \
	    sh ${SRCTOP}/share/mk/test.sh ${OBJTOP}

# make has its own last words after a failure; ours come after them.
.ERROR:
	@case ${.ERROR_TARGET} in test) cat ${OBJTOP}/test/summary;; esac

perf: all .PHONY
	@${_SUB}/tests/perf all

bench bench-programs bench-prof bench-refill gate gate-record counts: all .PHONY
	@${_SUB}/tests/perf ${.TARGET}

bench-latency bench-plots: all .PHONY
	@${_SUB}/tests/perf ${.TARGET}

bench-musl: tests .PHONY
	@${_SUB}/tests/system compare

soak: tests .PHONY
	@${_SUB}/tests/stress soak

musl: .PHONY
	@${_SUB}/lib/libc musl

lint: .PHONY
	@MAKE=${MAKE:Q} sh ${SRCTOP}/share/mk/lint.sh ${OBJTOP}

sanitize: .PHONY
	@MAKE=${MAKE:Q} sh ${SRCTOP}/share/mk/sanitize.sh ${OBJTOP}

arm64: .PHONY
	@${_SUB} TARGET=aarch64 OBJTOP=${OBJTOP}/arm64 ${DESTDIR:Dinstall:Uall}

freebsd: .PHONY
	@MAKE=${MAKE:Q} sh ${SRCTOP}/share/mk/freebsd.sh ${OBJTOP:Q} ${DESTDIR:Q}

clean: .PHONY
	rm -rf ${:Ulib tests test share lint bench debug asan ubsan tsan suite arm64 freebsd musl musl-own musl-build system:@d@${OBJTOP}/${d}@}

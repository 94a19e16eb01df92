# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# How a program starts in a musl that has basalt in it: what the dynamic linker
# allocates, thread-local memory, libraries, and a malloc of the program's own.

. "${BASALT_SRCTOP}/tests/libc/musl.sh"

# libraries NUMBER [FLAGS...]: lib0.so ...; the last one has large TLS.
libraries()
{
	number=$1
	shift
	i=0
	while [ "$i" -lt "$number" ]; do
		[ "$((i + 1))" -lt "$number" ] || set -- -DTLS_SIZE=500000
		lib "lib$i.so" plugin.c "-DN=$i" "$@"
		i=$((i + 1))
	done
}

tls()
{
	cc tls tls.c
	good ./tls
}

# More than fits what libraries leave unused; found by a run path with a
# variable in it, which the linker has to write out.
needed()
{
	libraries 10
	cc tls tls.c -Wl,--no-as-needed lib?.so -Wl,-rpath,'$ORIGIN/x/..'
	mkdir x
	good ./tls
	cc ctl ctl.c -Wl,--no-as-needed lib?.so -Wl,-rpath,'$ORIGIN'
	good ./ctl opt.narenas 3
}

preloaded()
{
	libraries 2
	cc start start.c
	cc ctl ctl.c
	good ./start "LD_PRELOAD=$PWD/lib0.so $PWD/lib1.so" ./ctl opt.narenas 3
	cc own ctl.c
	lib libown.so own.c -DHAVE=3
	cc replaced replaced.c -DHAVE=3 -Wl,--no-as-needed ./libown.so
	good ./start "LD_LIBRARY_PATH=$PWD" ./replaced
}

# The loader as a command.
command()
{
	cc ctl ctl.c
	good "$(echo "$musl"/lib/ld-musl-*)" ./ctl opt.narenas 3
}

loaded()
{
	libraries 3
	cc load load.c
	good ./load ./lib0.so ./lib1.so ./lib2.so
	cc first first.c
	export MALLOC_CONF=background_thread:true
	good ./first ./lib0.so
}

replaced()
{
	for have in 1 2 3; do
		cc "own$have" own.c "$sources/replaced.c" "-DHAVE=$have"
		good "./own$have"
	done
}

atf_init_test_cases()
{
	each tls "Large, aligned thread-local memory; constructors that allocate"
	each replaced "A malloc of the program's own, whole or in part"
	each needed "Many libraries, with thread-local memory and constructors" \
	    dynamic arm64_dynamic
	each preloaded "Libraries before all others, one with a malloc" dynamic
	each command "The loader as a command" dynamic arm64_dynamic
	each loaded "dlopen and dlclose while threads run" \
	    dynamic arm64_dynamic
}

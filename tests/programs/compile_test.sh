# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Compilers under a preload make the same files; what they make runs.

lib=${BASALT_LIBDIR}/libbasalt.so.1

need()
{
	need_foreign
	command -v "$1" >/dev/null || atf_skip "$1 is not installed"
}

# compile compiler arguments...: the object is the same byte for byte.
compile()
{
	need "$1"
	atf_check "$@" -c -o plain.o
	atf_check env LD_PRELOAD="$lib" "$@" -c -o basalt.o
	atf_check cmp plain.o basalt.o
}

atf_test_case c
c_head()
{
	atf_set descr "gcc compiles C with optimisation"
}
c_body()
{
	compile gcc -std=c11 -D_GNU_SOURCE -O2 \
	    -I"${BASALT_SRCTOP}/include" "${BASALT_SRCTOP}/tests/stress/oracle.c"
}

atf_test_case cxx
cxx_head()
{
	atf_set descr "g++ compiles templates with debugging information"
}
cxx_body()
{
	compile g++ -std=c++17 -O1 -g \
	    "${BASALT_SRCTOP}/tests/stress/churn_threads.cc"
}

atf_test_case link
link_head()
{
	atf_set descr "Compile and link a program, then run it"
}
link_body()
{
	need gcc
	cat >hello.c <<-'END'
	#include <stdio.h>
	int main(void) { puts("hello"); return (0); }
	END
	atf_check env LD_PRELOAD="$lib" gcc -O1 -pipe -o hello hello.c
	atf_check -o inline:"hello\n" env LD_PRELOAD="$lib" ./hello
}

atf_test_case containers
containers_head()
{
	atf_set descr "A C++ program with containers, threads, exceptions"
}
containers_body()
{
	seeds="1 2 3"
	emulated && seeds=1
	for seed in $seeds; do
		"${BASALT_BINDIR}/containers" "$seed" >expout
		atf_check -o file:expout env "$BASALT_PRELOAD" \
		    "${BASALT_BINDIR}/containers" "$seed"
	done
}

atf_init_test_cases()
{
	atf_add_test_case c
	atf_add_test_case cxx
	atf_add_test_case link
	atf_add_test_case containers
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# mawk: its own tests, and a program that keeps much in its arrays.

. "$BASALT_SRCTOP/tests/system/lib.sh"

# Its tests write beside themselves, and look for their data one above.
own_tests()
{
	need mawk
	obj=$system/obj/mawk
	cp -R "$obj/test" "$obj/examples" "$obj/scan.c" .
	cd test || atf_fail "it has no tests"
	for libc in own basalt; do
		export MAWK="$system/$libc-$1/mawk"
		sh ./mawktest >"../$libc.out" 2>&1 </dev/null
		sh ./fpe_test >>"../$libc.out" 2>&1 </dev/null
		sed -i "s|$system/$libc|LIBC|; s/mawktest[0-9]*/mawktest/" \
		    "../$libc.out"
	done
	atf_check -o ignore grep OK ../own.out
	atf_check -s exit:1 grep fail ../basalt.out
	atf_check -o file:../own.out cat ../basalt.out
}
both own_tests "mawk's own tests"

arrays()
{
	need mawk
	same "$1" mawk -f "$here/arrays.awk"
	atf_check -o inline:"150000 lines, wrong 0\n" head -n 1 said
	options atf_check -o file:said "$system/basalt-$1/mawk" \
	    -f "$here/arrays.awk"
}
both arrays "Arrays, strings, fields and substitutions"

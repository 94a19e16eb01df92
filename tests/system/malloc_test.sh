# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# That malloc is basalt in each of the programs, and obeys its settings there;
# and our own programs that do little but allocate.

. "$BASALT_SRCTOP/tests/system/lib.sh"

programs="busybox lua mawk sqlite3 zstd heavy"

# Anything that each of them does, and succeeds in.
use()
{
	case ${1##*/} in
	busybox) "$1" echo hello ;;
	lua)	"$1" -e 'print(("x"):rep(1000))' ;;
	mawk)	"$1" 'BEGIN { for (i = 0; i < 9999; i++) a[i] = i "" }' ;;
	sqlite3) "$1" :memory: 'SELECT 1' ;;
	zstd)	echo hello | "$1" -q -c ;;
	heavy)	"$1" -n 1000 -s 100 -t 2 ;;
	esac
}

# said PROGRAM SETTINGS: what it says, both ways.
said()
{
	(export MALLOC_CONF="$2"; use "$1" 2>&1) ||
	    atf_fail "$1 fails with $2"
}

report()
{
	for p in $programs; do
		case $p in
		heavy)	need own ;;
		*)	need "$p" ;;
		esac
		bin=$system/basalt-$1/$p
		# mawk closes the output for errors before it ends; a report
		# every few bytes does not wait for the end.
		said "$bin" stats_print:true,stats_interval:4096 >out
		grep -aq "Begin jemalloc statistics" out &&
		    grep -aq 'mapped: [1-9]' out &&
		    grep -aq 'opt.stats_print: true' out ||
			atf_fail "$p has no report"
		said "$bin" confirm_conf:true | grep -aq confirm_conf ||
			atf_fail "$p confirms no settings"
		said "$bin" nonsense:1 | grep -aq '<basalt>.*nonsense' ||
			atf_fail "$p took nonsense"
		# And the one to compare with knows nothing of it.
		said "$system/own-$1/$p" stats_print:true,nonsense:1 >out
		if grep -aqi -e jemalloc -e basalt out; then
			atf_fail "the other $p is on basalt as well"
		fi
	done
}
both report "Reports and settings in all of the programs"

heavy()
{
	need own
	for n in 1 2 8 32; do
		atf_check -o inline:"wrong 0\n" "$system/basalt-$1/heavy" \
		    -t $n -n 1000000
		atf_check -o ignore "$system/basalt-$1/mill" -t $n -w 0 \
		    -n $((100000 / n))
	done
	options atf_check -o inline:"wrong 0\n" "$system/basalt-$1/heavy" \
	    -t 4 -n 200000 -s 10000
}
both heavy "Threads that do little but allocate"

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The models of what is shared without a lock, or is a lock.  Each is searched
# whole and must be right; and each way to break it that its head names must
# be found wrong, so that the model is known to be able to fail.

MODELS="close epoch fork inbox lock pagemap reopen shelf sleeper wanted"

model_path()
{
	echo "$BASALT_SRCTOP/tests/model/$1.pml"
}

# search MODEL FLAG: all that can happen.  The number of errors goes to the file
# verdict; the search ends with the first.
search()
{
	spin -a $2 "$(model_path "$1")" >spin.out 2>&1 || {
		cat spin.out
		atf_fail "spin does not understand $1 $2"
	}
	# The compiler takes longer than most searches.
	gcc -w -O0 -DSAFETY -o pan pan.c || atf_fail "$1 $2: no verifier"
	./pan -m200000 -w20 >pan.out 2>&1
	grep -o 'errors: [0-9]*' pan.out >verdict || {
		cat pan.out
		atf_fail "the search of $1 $2 came to no end"
	}
}

# The ways to break it: as its head says, and as its text has them.
ways_of()
{
	sed -n 's/^ \* \(BROKEN_[A-Z]*\)	.*/\1/p' "$1" | sort
}

ways_in()
{
	grep '^#' "$1" | grep -o 'BROKEN_[A-Z]*' | sort -u
}

check()
{
	native "a model is searched where the program is built"
	command -v spin >/dev/null || atf_skip "no spin: models are not searched"
	model=$(model_path "$1")
	ways_of "$model" >said
	ways_in "$model" >there
	[ -s said ] || atf_fail "$1 cannot be broken"
	cmp said there || atf_fail "$1: its head names other ways to break it"

	search "$1" ""
	if [ "$(cat verdict)" != "errors: 0" ] ||
	    grep -q 'search depth too small' pan.out; then
		cat pan.out
		[ ! -e "$1.pml.trail" ] || spin -t -p "$model" | tail -n 60
		atf_fail "$1 is wrong"
	fi
	grep 'states, stored' pan.out
	for way in $(cat said); do
		search "$1" "-D$way"
		[ "$(cat verdict)" != "errors: 0" ] ||
		    atf_fail "$1 with $way is not found to be wrong"
		grep '^pan:1' pan.out | sed "s/^pan:1/$way/"
	done
}

for m in $MODELS; do
	atf_test_case "$m"
	eval "${m}_head()
	{
		atf_set descr 'The model $m.pml is right, and wrong when broken'
	}
	${m}_body()
	{
		check $m
	}"
done

atf_test_case all
all_head()
{
	atf_set descr "Every model is tested"
}
all_body()
{
	for f in "$BASALT_SRCTOP"/tests/model/*.pml; do
		f=${f##*/}
		case " weak $MODELS " in
		*" ${f%.pml} "*) ;;
		*) atf_fail "$f is not in the list" ;;
		esac
	done
}

atf_init_test_cases()
{
	for m in $MODELS; do
		atf_add_test_case "$m"
	done
	atf_add_test_case all
}

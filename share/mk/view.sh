#!/bin/sh
# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# view.sh OBJTOP SUITE BUILT [VARIABLE=VALUE...] [-- RUN...]
#
# Makes OBJTOP/tests/SUITE: the tests that were built below BUILT for a libc, a
# processor or a page size that is not this machine's, to be run beside all
# others.  Each test there is a script that sets the variables and starts the
# test, and each helper program a script that starts it; RUN, an emulator with
# its arguments, stands before what the machine cannot run itself.  They are
# words of the script: "$0" there is the name that it was called by.
#
# view.sh -s OBJTOP SUITE REASON
#
# Makes it one test that is skipped for that reason.

set -eu

skip=
if [ "$1" = -s ]; then
	skip=yes
	shift
fi
[ $# -ge 3 ] || { sed -n '5,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }
suite=$2
view=$1/tests/$suite
atf_sh=/usr/libexec/atf-sh
[ -x $atf_sh ] || atf_sh=/usr/bin/atf-sh

rm -rf "$view"
mkdir -p "$view"

if [ -n "$skip" ]; then
	cat >"$view/skipped_test" <<-END
		#! $atf_sh
		atf_test_case suite
		suite_head() { atf_set descr "The suite $suite"; }
		suite_body() { atf_skip "$3"; }
		atf_init_test_cases() { atf_add_test_case suite; }
	END
	chmod +x "$view/skipped_test"
	cat >"$view/Kyuafile" <<-END
		syntax(2)
		test_suite("basalt")
		atf_test_program{name="skipped_test"}
	END
	exit 0
fi

built=$3
shift 3
settings="BASALT_SUITE='$suite'; export BASALT_SUITE
BASALT_BINDIR='$view/bin'; export BASALT_BINDIR"
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	settings="$settings
${1%%=*}='${1#*=}'; export ${1%%=*}"
	shift
done
run=
if [ $# -gt 0 ]; then
	shift
	run=$*
	settings="$settings
BASALT_RUN='$run'; export BASALT_RUN"
fi

# script FILE COMMAND [SETTINGS]: a script that ends in the command.
script() {
	printf '#!/bin/sh\n%s\nexec %s "$@"\n' "${3-}" "$2" >"$1"
	chmod +x "$1"
}

# of PROGRAM: the command that starts it.
of() {
	case $(head -c 2 "$1") in
	'#!')	echo "'$1'";;
	*)	echo "${run:+$run }'$1'";;
	esac
}

# Which programs are tests, Kyuafiles say.
(cd "$built" && find . -name Kyuafile) | while read -r file; do
	dir=$view/${file%/*}
	mkdir -p "$dir"
	cp "$built/$file" "$dir/Kyuafile"
	sed -n 's/.*_test_program{name="\([^"]*\)".*/\1/p' "$dir/Kyuafile" |
	while read -r test; do
		script "$dir/$test" "$(of "$built/${file%/*}/$test")" \
		    "$settings"
	done
done

# A helper that this machine runs is a link, so that its name is its own.
mkdir "$view/bin"
for file in "$built"/bin/*; do
	name=${file##*/}
	if [ -z "$run" ] || [ "${name%.so}" != "$name" ]; then
		ln -s "$(readlink -f "$file")" "$view/bin/$name"
	else
		script "$view/bin/$name" "$run '$(readlink -f "$file")'"
	fi
done

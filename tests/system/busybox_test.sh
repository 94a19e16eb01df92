# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# busybox: its own test suite, and shell scripts that use it alone.

. "$BASALT_SRCTOP/tests/system/lib.sh"

# suite LIBC LINK [APPLET...]: runs the suite, in a directory of its own, and
# leaves in LIBC.failed what failed.  No downloads: there is no network.  No
# mounts: they need more rights than a test should have.
suite()
{
	dir=$PWD/suite.$1
	out=$PWD/$1
	bin=$system/$1-$2/busybox
	shift 2
	rm -rf "$dir"
	mkdir "$dir"
	cp -R "$system/obj/busybox/testsuite" "$system/obj/busybox/scripts" \
	    "$system/obj/busybox/.config" "$dir"
	cp "$bin" "$dir/busybox"
	rm -rf "$dir/testsuite/wget" "$dir"/testsuite/mount.*
	(cd "$dir/testsuite" && sh ./runtest "$@") >"$out.log" 2>&1
	sed -n 's/^FAIL: //p' "$out.log" | sort -u >"$out.failed"
}

# Which files of the suite have what failed?  A name may hold anything.
applets_of()
{
	while read -r name; do
		(cd "$system/obj/busybox/testsuite" &&
		    grep -lF -e "$name" ./*.tests
		    ls -d ./*/"$name" 2>/dev/null)
	done | sed 's|^\./||; s|/.*||; s|\.tests$||' | sort -u
}

suite_both()
{
	need busybox
	suite basalt "$1"
	passed=$(grep -c '^PASS' basalt.log)
	tail -n 1 basalt.log
	# A suite that stopped early has little to say.
	[ "$passed" -gt 500 ] || atf_fail "$passed passed"
	# What is not there, or not allowed, fails on any malloc: run what
	# failed on musl's own, and both must fail alike.
	if [ -s basalt.failed ]; then
		applets=$(applets_of <basalt.failed)
		# Applets are words.
		# shellcheck disable=SC2086
		suite basalt "$1" $applets
		suite own "$1" $applets
		echo "$passed passed; these fail on any malloc:"
		cat own.failed
		atf_check -o file:own.failed cat basalt.failed
	fi
}
both suite_both "busybox's test suite fails as on musl's own malloc"

# The applets by their names, and nothing else.
applets()
{
	mkdir -p "applets.$1"
	ln -sf "$system/$1/busybox" "applets.$1/busybox"
	"applets.$1/busybox" --list | while read -r name; do
		[ "$name" = busybox ] || ln -sf busybox "applets.$1/$name"
	done
}

# script LINK FILE: says the same on both, each in a directory of its own.
script()
{
	for libc in own basalt; do
		applets "$libc-$1"
		rm -rf work
		mkdir work
		(cd work && env PATH="$PWD/../applets.$libc-$1" \
		    "$PWD/../applets.$libc-$1/sh" "../$2") \
		    >"$libc.out" 2>"$libc.err" </dev/null || {
			tail -n 5 "$libc.out" "$libc.err"
			atf_fail "the script fails on $libc"
		}
	done
	atf_check -o file:own.out cat basalt.out
	atf_check -o file:own.err cat basalt.err
}

files()
{
	need busybox
	cat >files.sh <<-'END'
	set -e
	awk 'BEGIN {
		x = 42
		for (i = 0; i < 60000; i++) {
			x = (x * 1103515245 + 12345) % 2147483648
			printf "%d line %d of the text\n", x, i
		}
	}' >text
	sort text >sorted
	sort -r sorted | sort -c - 2>&1 | wc -l
	cut -d ' ' -f 1 text | sort -n | uniq -c | awk '{ n += $1 } END { print n }'
	sed -n '/7.*9/{s/line \([0-9]*\)/\1 line/;p}' text | md5sum
	grep -c '1[0-9]*2' text
	tr a-z A-Z <text | tail -n 3
	mkdir -p tree/a/b tree/c
	split -l 5000 text tree/a/b/part.
	for i in 1 2 3 4 5 6 7 8 9; do
		head -c ${i}0000 text >tree/c/$i
	done
	find tree -type f | sort | xargs sha256sum | sha1sum
	for z in gzip bzip2; do
		tar cf - tree | $z -c >tree.$z
		mkdir $z
		$z -dc tree.$z | tar xf - -C $z
		diff -r tree $z/tree && echo $z is the same
	done
	find tree | cpio -o -H newc 2>/dev/null | md5sum | wc -c
	head -n 2000 text >first
	sort first | diff -u first - | wc -l
	comm -12 sorted sorted | wc -l
	echo 'for (i = 1; i < 200; i++) x = x * 7 + i; x' | bc | md5sum
	echo "2 300 ^ p" | dc | md5sum
	dd if=text bs=7 count=10000 2>/dev/null | od -c | md5sum
	sed 's/9/nine/' first >second
	diff -u first second >change || :
	patch first change && cmp first second && echo patched
	END
	script "$1" files.sh
}
both files "Text and archives by the applets"

shell()
{
	need busybox
	cat >shell.sh <<-'END'
	set -e
	fib() { if [ $1 -lt 2 ]; then echo $1; else
	    echo $(( $(fib $(($1 - 1))) + $(fib $(($1 - 2))) )); fi; }
	fib 9
	s=
	i=0
	while [ $i -lt 3000 ]; do
		s="$s$i,"
		i=$((i + 1))
	done
	echo ${#s} ${s%%,9*} | md5sum
	set -- $(echo "$s" | tr , ' ')
	echo $# ${2998}
	for i in 1 2 3 4 5 6 7 8; do
		(
			x=$(seq $((i * 1000)) | tac | head -n 2 | xargs)
			echo $i $x >out.$i
		) &
	done
	wait
	cat out.?
	i=0
	while [ $i -lt 100 ]; do
		echo $i | { read -r n; echo $((n * n)); } &
		i=$((i + 1))
	done | sort -n | tail -n 2
	wait
	trap 'echo trapped' USR1
	kill -USR1 $$
	cat <<-INNER
		here $(echo is; echo what) $((1 + 1)) ${s:10:20}
	INNER
	eval "f() { local a=\$1; a=\${a//1/one}; echo \$a; }"
	f 1213141
	printf '%s\n' a*z "$(printf 'x%.0s' $(seq 2000))" | wc -c
	case abc in a[b-d]c) echo match ;; esac
	unset s
	END
	script "$1" shell.sh
}
both shell "A shell's functions, strings, processes and jobs"

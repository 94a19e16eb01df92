# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The slot in FreeBSD's libc as sources: what its Makefiles say, and how it
# gets into FreeBSD's tree.

OBJTOP=${BASALT_LIBDIR%/lib/libbasalt}
SLOT=$BASALT_SRCTOP/lib/libc/stdlib/malloc
MK=$BASALT_SRCTOP/share/mk

# A Makefile with what FreeBSD's lib/libc/Makefile sets, and ./run to make it
# without anything of ours.
makefile()
{
	cat >Makefile <<END
SRCTOP=		${1-$BASALT_SRCTOP}
LIBC_SRCTOP=	\${SRCTOP}/lib/libc
LIBC_ARCH=	amd64
OPT_LIBC_MALLOC= basalt
MK_MALLOC_PRODUCTION?= yes
.include "\${LIBC_SRCTOP}/stdlib/malloc/Makefile.inc"
all: \${MISRCS}
clean:
	rm -f \${CLEANFILES}
END
	: >sys.mk
	echo "exec env -u MAKEFLAGS bmake -r -m '$PWD' \"\$@\"" >run
}

atf_test_case makefile
makefile_head()
{
	atf_set descr "Its Makefile.inc says what bsd.lib.mk needs to know"
}
makefile_body()
{
	makefile
	atf_check -o ignore sh run all
	sh run -V '${MISRCS}' | tr ' ' '\n' | sort >srcs
	sort -u srcs >unique
	atf_check cmp unique srcs
	atf_check -s exit:1 grep -vxE 'basalt_[a-z_]*\.c|libc_glue.c|malloc_compat.c' srcs
	# A link is to the file that it is named after.
	for l in basalt_*; do
		to=$(readlink "$l") || atf_fail "$l is no link"
		[ -f "$to" ] || atf_fail "$l leads nowhere"
		of=basalt_$(echo "${to#"$BASALT_SRCTOP"/contrib/basalt/}" |
		    tr / _)
		[ "$l" = "$of" ] || atf_fail "$l is $to"
		echo "${to#"$BASALT_SRCTOP"/contrib/basalt/}"
	done | sort >linked
	[ "$(wc -l <linked)" -gt 60 ] || atf_fail "few links were made"
	# All of it, but what is another system's, a library's, or libc's.
	(cd "$BASALT_SRCTOP/contrib/basalt" && ls */*.c) | grep -vxE \
	    'os/os_(linux.*|pthread|fake.*)\.c|api/(cxx|valloc|reallocarray|sized|library)\.c|(util/lock_rank|os/tally|watch/stats_tally).c' |
	    sort | grep -vxFf linked >left || :
	atf_check -o empty cat left
	atf_check -s exit:1 grep -E 'os_linux|os_pthread|os_fake|cxx|lock_rank' linked
	# No flag is for the rest of libc.
	[ -z "$(sh run -V '${CFLAGS}')" ] || atf_fail "CFLAGS: $(sh run -V '${CFLAGS}')"
	for s in basalt_api_malloc.c libc_glue.c; do
		sh run -V "\${CFLAGS.$s}" | grep -q -- -fvisibility=hidden ||
		    atf_fail "$s has not its flags"
	done
	atf_check -o inline:"$SLOT/Symbol.map\n" \
	    sh run -V '${SYM_MAPS}'
	atf_check -o ignore sh run clean
	[ -z "$(ls basalt_* 2>/dev/null)" ] || atf_fail "CLEANFILES lacks links"
}

atf_test_case production
production_head()
{
	atf_set descr "MALLOC_PRODUCTION chooses whether it asserts"
}
production_body()
{
	makefile
	sh run -V '${CFLAGS.basalt_api_malloc.c}' >with
	atf_check -s exit:1 grep BASALT_DEBUG with
	sh run MK_MALLOC_PRODUCTION=no -V '${CFLAGS.basalt_api_malloc.c}' >without
	atf_check -o ignore grep -- -DBASALT_DEBUG without
	sh run MK_MALLOC_PRODUCTION=no -V '${MISRCS}' >srcs
	atf_check -o ignore grep basalt_util_lock_rank.c srcs
	sh run MK_MALLOC_PRODUCTION=no MALLOC_PRODUCTION= \
	    -V '${CFLAGS.basalt_api_malloc.c}' >with
	atf_check -s exit:1 grep BASALT_DEBUG with
}

atf_test_case pages
pages_head()
{
	atf_set descr "Its manual pages have a link for each name that is its own"
}
pages_body()
{
	makefile
	sed -n 's/^	\([a-z].*\);$/\1/p' "$SLOT/Symbol.map" >names
	echo malloc.conf >>names
	echo basalt >>names
	sh run -V '${MLINKS}' | xargs -n 2 >links
	for page in $(sh run -V '${MAN}'); do
		file=$(ls "$BASALT_SRCTOP"/share/man/man?/"$page") ||
		    atf_fail "no page $page"
		awk '/^\.Sh/ { on = $2 == "NAME" }
		    on && $1 == ".Nm" { print $2 }' "$file" |
		    grep -xFf names | while read -r name; do
			[ "$name.${page##*.}" = "$page" ] ||
			    echo "$page $name.${page##*.}"
		done
	done | sort >want
	sort links >got
	atf_check diff -u want got
	# None was forgotten.
	{ awk '{ print $2 }' links; sh run -V '${MAN}' | tr ' ' '\n'; } |
	    sed 's/\.[0-9]$//' | sort >documented
	sort names | grep -v '^malloc_\(conf\|message\)$' >want
	atf_check -o empty comm -23 want documented
}

atf_test_case size
size_head()
{
	atf_set descr "The glue of both libcs has less than 600 lines"
}
size_body()
{
	cd "$BASALT_SRCTOP/lib/libc" || atf_fail "no lib/libc"
	find stdlib/malloc/basalt musl -type f ! -name '.*' \
	    -exec cat {} + >"$OLDPWD/glue"
	lines=$(wc -l <"$OLDPWD/glue")
	[ "$lines" -gt 100 ] || atf_fail "the glue was not found"
	[ "$lines" -lt 600 ] || {
		find stdlib/malloc/basalt musl -type f -exec wc -l {} +
		atf_fail "$lines lines"
	}
}

atf_test_case symver
symver_head()
{
	atf_set descr "Maps of symbols become a linker's, or an error"
}
symver_body()
{
	cat >def <<-'END'
		# a comment
		A_1 { };
		A_2 {
		} A_1;
		P_1 { } A_2;
	END
	cat >map1 <<-'END'
		/* here; a { comment } */
		A_2 { two; /* and
		there; */ three;
		};
		A_1 {
			one;	# to the end;
		};
	END
	echo 'P_1 { private; }; A_2 { four; };' >map2
	cat >want <<'END'
A_1 {
global:
	one;
local:
	*;
};
A_2 {
global:
	two;
	three;
	four;
} A_1;
P_1 {
global:
	private;
} A_2;
END
	atf_check -o file:want awk -f "$MK/symver.awk" def map1 map2
	for wrong in 'A_3 { x; };' 'A_1 { x; x; };' 'A_1 { x; }; A_2 { x; };' \
	    'A_1 { x y; };' 'x;' 'A_1 { x;' 'A_1 { A_2 { x; }; };' '};'; do
		echo "$wrong" >map
		atf_check -s exit:1 -o empty -e not-empty \
		    awk -f "$MK/symver.awk" def map
	done
}

atf_test_case compiler
compiler_head()
{
	atf_set descr "Where the compiler cannot be had it is said why"
}
compiler_body()
{
	[ "$(uname -sm)" = "Linux x86_64" ] ||
	    atf_skip "the compiler is for Linux on amd64"
	mkdir bin
	for tool in sh sed dirname uname mkdir flock mktemp rm mv tail cat; do
		ln -s "$(command -v $tool)" bin/
	done
	atf_check -s exit:69 -e match:'there is no npm' \
	    env PATH="$PWD/bin" sh "$MK/zig.sh" fetch "$PWD/zig"
	[ ! -e zig/zig ] || atf_fail "it was made of nothing"
	# A registry that is not there, and one that has something else.
	printf '#!/bin/sh\necho no network >&2\nexit 1\n' >bin/npm
	chmod +x bin/npm
	atf_check -s exit:69 -e match:'no network' -e match:'npm does not get' \
	    env PATH="$PWD/bin" sh "$MK/zig.sh" fetch "$PWD/zig"
	cat >bin/npm <<-'END'
		#!/bin/sh
		for p in lib linux-x64; do
			echo other >zigc-$p-0.16.0.tgz
		done
	END
	ln -s "$(command -v sha512sum)" bin/
	atf_check -s exit:69 -e match:'is not what it was' \
	    env PATH="$PWD/bin" sh "$MK/zig.sh" fetch "$PWD/zig"
	[ ! -e zig/zig ] || atf_fail "something else was unpacked"
	[ -z "$(find zig -name '.new*')" ] || atf_fail "it leaves things behind"
}

atf_test_case overlay
overlay_head()
{
	atf_set descr "Put into a tree as FreeBSD's, it builds there the same"
}
overlay_body()
{
	[ "$(cat "$OBJTOP/freebsd/status")" = built ] ||
	    atf_skip "$(cat "$OBJTOP/freebsd/status")"
	zig=$OBJTOP/freebsd/zig
	atf_check -s exit:1 -e match:'has no' sh "$MK/overlay.sh" "$PWD"
	# As much of FreeBSD's tree as there is of it here.
	mkdir -p src/contrib src/include src/share src/lib/libc/stdlib/malloc \
	    src/lib/libc/amd64/stdlib src/lib/libc/aarch64/stdlib
	cp "$zig/lib/libc/include/generic-freebsd/malloc_np.h" src/include/
	cp "$SLOT/Makefile.inc" "$SLOT/Symbol.map" src/lib/libc/stdlib/malloc/
	cp -R "$MK" src/share/
	cp "$BASALT_SRCTOP/Makefile.inc" src/
	cp -R "$BASALT_SRCTOP/lib/libc_malloc" src/lib/
	cat >src/share/mk/src.opts.mk <<-'END'
		__SINGLE_OPTIONS = \
			LIBC_MALLOC
		__LIBC_MALLOC_OPTIONS=	jemalloc
		__LIBC_MALLOC_DEFAULT=	jemalloc
	END
	atf_check sh "$MK/overlay.sh" "$PWD/src"
	# Once more changes nothing.
	atf_check sh "$MK/overlay.sh" "$PWD/src"
	atf_check -o inline:'__LIBC_MALLOC_OPTIONS=	jemalloc basalt\n' \
	    grep _OPTIONS= src/share/mk/src.opts.mk
	cmp "$zig/lib/libc/include/generic-freebsd/malloc_np.h" \
	    src/include/malloc_np.h || atf_fail "FreeBSD's header was replaced"
	makefile "$PWD/src"
	for page in $(sh run -V '${MAN}'); do
		[ -f "src/lib/libc/stdlib/malloc/basalt/$page" ] ||
		    atf_fail "no page $page"
	done
	# Asserting, as FreeBSD's main branch is built.
	cc="sh $MK/zig.sh $zig cc -target x86_64-freebsd.14.0"
	env -u MAKEFLAGS bmake -C src/lib/libc_malloc -j 2 OBJTOP="$PWD/obj" \
	    OPSYS=FreeBSD TARGET=amd64 WERROR=-Werror \
	    MK_MALLOC_PRODUCTION=no \
	    CC="$cc -fno-sanitize=undefined" >log 2>&1 || {
		tail -n 40 log
		atf_fail "it does not build"
	}
	so=lib/libc_malloc/libc_malloc.so.7
	for d in "$OBJTOP/freebsd/amd64" obj; do
		readelf -W --dyn-syms "$d/$so" |
		    awk '$1 ~ /^[0-9]+:$/ && $7 != "UND" { print $4, $5, $8 }' |
		    sort >"${d##*/}.names"
		readelf -W --dyn-syms "$d/$so" |
		    awk '$7 == "UND" && $8 != "" { print $8 }' |
		    sort >"${d##*/}.needs"
	done
	[ -s obj.names ] || atf_fail "there are no symbols"
	atf_check diff -u amd64.names obj.names
	atf_check -o empty comm -13 amd64.needs obj.needs
	strings -a obj/lib/libc_malloc/libc_malloc.a | grep -q 'taken out of rank' ||
	    atf_fail "it does not assert"
}

atf_init_test_cases()
{
	atf_add_test_case makefile
	atf_add_test_case production
	atf_add_test_case pages
	atf_add_test_case size
	atf_add_test_case symver
	atf_add_test_case compiler
	atf_add_test_case overlay
}

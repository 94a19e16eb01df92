# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The page that basalt-heap makes, in a browser without a screen.

heap=$BASALT_SRCTOP/share/bin/basalt-heap
files=$BASALT_BINDIR/prof_files

# Into ./page.html.
page()
{
	atf_check sh "$heap" -o page.html "$@"
}

browser()
{
	for b in chromium-headless-shell chromium; do
		! command -v "$b" >/dev/null 2>&1 || break
		b=
	done
	[ -n "$b" ] || atf_skip "there is no chromium here"
	HOME=$PWD "$b" --headless --no-sandbox --disable-gpu \
	    --hide-scrollbars --user-data-dir="$PWD/chromium" \
	    --window-size=1400,1000 --virtual-time-budget=10000 "$@" \
	    2>browser.log || atf_fail "$b: $(cat browser.log)"
}

# The page after its script, into ./dom; what stands behind its #.
look()
{
	browser --dump-dom "file://$PWD/page.html${1:+#$1}" >dom
	# What the browser has to say is ours, not the page's.
	if grep -q 'CONSOLE.*\(rror\|efused\)' browser.log; then
		atf_fail "$(cat browser.log)"
	fi
}

ready()
{
	grep -q 'data-ready="yes"' dom || atf_fail "nothing is shown"
}

# Frames as `level name, value', one a line, into ./frames.
frames()
{
	grep -o 'role="treeitem"[^>]*aria-level="[0-9]*"' dom | sed \
	    's/.*aria-label="\([^"]*\)" aria-level="\(.*\)"/\2 \1/' >frames
}

# has FRAME: there is one so.
has()
{
	grep -Fqx "$1" frames ||
	    atf_fail "no frame \"$1\" among: $(cat frames)"
}

four_stacks()
{
	ready
	frames
	has "1 all, 1.06 MiB"
	has "2 caller_one, 535 KiB"
	has "2 caller_two, 552 KiB"
	has "3 site_small, 23.4 KiB"
	has "3 site_page, 40.0 KiB"
	has "3 site_large, 512 KiB"
	atf_check_equal 7 "$(wc -l <frames)"
}

atf_test_case formats
formats_head()
{
	atf_set descr "Each format, with names of its own or looked up"
}
formats_body()
{
	for format in heap_v2 pprof named folded; do
		"$files" $format >dump || atf_fail "no dump"
		page dump
		look
		four_stacks
	done
	command -v addr2line >/dev/null || return 0
	"$files" pprof >dump
	page -n dump
	look
	ready
	frames
	grep -q '^3 prof_files+0x' frames || atf_fail "$(cat frames)"
}

atf_test_case values
values_head()
{
	atf_set descr "The values that are asked for"
}
values_body()
{
	"$files" named >dump
	page dump
	look type=alloc_objects
	frames
	has "1 all, 3.03 k"
	has "3 site_gone, 5"
	look type=pinned_space
	frames
	has "1 all, 4.00 KiB"
	look "type=inuse_objects&inverted=true"
	frames
	has "2 site_small, 1.00 k"
	has "3 caller_one, 1.00 k"
	look "thread=worker+%227%22+%287%29"
	frames
	has "1 all, 40.0 KiB"
	# 1 - 1/e of the objects as large as the gaps are seen.
	cat >sampled.heap <<-'END'
	heap_v2/524288
	  t*: 4: 2097152 [0: 0]
	@ 0x1001 0x2001
	  t*: 4: 2097152 [0: 0]
	  t0: 4: 2097152 [0: 0]
	END
	page sampled.heap
	look
	frames
	has "1 all, 3.16 MiB"
	has "2 0x2000, 3.16 MiB"
	look type=inuse_objects
	frames
	has "3 0x1000, 6"
}

atf_test_case lambdas
lambdas_head()
{
	atf_set descr "Names of C++ functions with lambdas in them"
}
lambdas_body()
{
	handler=_ZNSt17_Function_handlerIFviEZ4mainEUliE1_E
	printf 'main;%s;%s;%s;%s 4096\n' _ZZ4mainENKUliE0_clEi \
	    ${handler}9_M_invokeERKSt9_Any_dataOi \
	    ${handler}10_M_managerERSt9_Any_dataRKS3_ \
	    _ZN3app5Store4eachIZ4mainEUliE_EEviT_.constprop.0 >dump
	page dump
	look
	frames
	has "3 main::{lambda#2}::operator (), 4.00 KiB"
	has "4 std::_Function_handler&lt;…&gt;::_M_invoke, 4.00 KiB"
	has "5 std::_Function_handler&lt;…&gt;::_M_manager, 4.00 KiB"
	has "6 app::Store::each&lt;…&gt;, 4.00 KiB"
}

atf_test_case difference
difference_head()
{
	atf_set descr "Of two, the second minus the first"
}
difference_body()
{
	printf 'main;a 1000\nmain;b 2000\nmain;same 9\n' >before
	printf 'main;a 4000\nmain;same 9\nmain;c 500\n' >after
	page before after
	look
	ready
	frames
	has "1 all, +1.46 KiB"
	has "3 a, +2.93 KiB"
	has "3 b, −1.95 KiB"
	has "3 c, +500 B"
	! grep -q same frames || atf_fail "what did not change is shown"
	atf_check -o match:'grew 3.42 KiB, shrank 1.95 KiB' cat dom
	look "file=0&base=-1"
	frames
	has "3 b, 1.95 KiB"
	atf_check_equal 5 "$(wc -l <frames)"
}

# What a user does; the last line of ./dom has what was seen.
atf_test_case hands
hands_head()
{
	atf_set descr "Mouse, keys and search"
}
hands_body()
{
	"$files" named >dump
	page dump
	cat >hands.js <<-'END'
	<script>
	const seen = [];
	const item = name => [...document.querySelectorAll(".frame")]
	    .find(e => e.getAttribute("aria-label").startsWith(name));
	const width = e => Math.round(100 * e.offsetWidth /
	    document.getElementById("graph").clientWidth);
	function key(key)
	{
		(document.activeElement || document.body).dispatchEvent(
		    new KeyboardEvent("keydown", { key, bubbles: true }));
	}
	function hands()
	{
		if (!document.body.dataset.ready)
			return setTimeout(hands, 10);
		seen.push("before", width(item("site_small")));
		item("caller_one").click();
		seen.push("zoomed", width(item("caller_one")),
		    width(item("site_small")), !item("caller_two"));
		key("ArrowDown");
		seen.push(document.activeElement.textContent);
		key("ArrowRight");
		seen.push(document.activeElement.getAttribute("aria-label"));
		key("ArrowUp");
		key("ArrowUp");
		key("Enter");
		seen.push("whole", width(item("caller_one")));
		item("caller_two").click();
		key("Escape");
		seen.push("escaped", width(item("caller_two")));
		key("/");
		seen.push("focus", document.activeElement.id);
		document.activeElement.value = "SITE_S";
		document.activeElement.dispatchEvent(new Event("input"));
		seen.push(document.getElementById("matched").textContent,
		    document.querySelectorAll(".found").length,
		    document.querySelectorAll("#sites tr").length);
		key("Escape");
		seen.push(document.querySelectorAll("#sites tr").length);
		item("site_large").dispatchEvent(new MouseEvent("mousemove",
		    { bubbles: true, clientX: 50, clientY: 150 }));
		seen.push(document.getElementById("tip").hidden,
		    document.getElementById("tip").textContent);
		document.querySelector("th[data-order=name] button").click();
		seen.push(document.querySelector("#sites .site").textContent);
		document.querySelector("#sites .site").click();
		seen.push(document.getElementById("search").value);
		document.body.append("SEEN " + seen.join("|") + " END");
	}
	hands();
	</script>
	END
	sed -e '/^<\/body>$/{' -e 'r hands.js' -e 'd' -e '}' page.html >p
	mv p page.html
	look
	grep -o 'SEEN .* END' dom | tail -n 1 |
	    sed 's/SEEN //; s/ END//' | tr '|' '\n' >seen
	cat >expected <<-'END'
	before
	2
	zoomed
	100
	4
	true
	site_large
	site_small, 23.4 KiB
	whole
	49
	escaped
	51
	focus
	search
	matched 2.2 %, 23.4 KiB
	1
	1
	5
	false
	END
	head -n 19 seen | atf_check -o empty diff - expected
	sed -n '20,$p' seen >rest
	atf_check -o match:'site_large.*512 KiB · 47.1 %' head -n 1 rest
	atf_check -o match:'^caller_one$' -o match:'^\^caller_one\$$' cat rest
}

atf_test_case alone
alone_head()
{
	atf_set descr "The page asks for nothing outside it"
}
alone_body()
{
	"$files" pprof >dump
	page -t 'A <title> & "more"' dump
	grep -v '^[A-Za-z0-9+/=]*$' page.html >text
	atf_check -s exit:1 grep -E '(https?:|[^-]src=|href=|@import|url\()' \
	    text
	atf_check -o match:'<title>A &lt;title&gt; &amp; &quot;more&quot;<' \
	    cat text
	# The same through a pipe, and where it is installed.
	sh "$heap" -t 'A <title> & "more"' dump | atf_check cmp - page.html
	mkdir root
	atf_check -o ignore -e ignore "${MAKE:-bmake}" -C \
	    "$BASALT_SRCTOP/share/heap" OBJTOP="$PWD" DESTDIR="$PWD/root" \
	    PREFIX=/usr install
	ln -s root/usr/bin/basalt-heap linked
	./linked -t 'A <title> & "more"' dump | atf_check cmp - page.html
}

atf_test_case hostile
hostile_head()
{
	atf_set descr "Names are text; what is no dump is said to be none"
}
hostile_body()
{
	printf '%s\n' 'main;</script><b id=bad>;"x"&amp; 4096' \
	    >'a"<i id=bad>.folded'
	page 'a"<i id=bad>.folded'
	look
	ready
	frames
	has '2 main, 4.00 KiB'
	grep -q 'id="bad"' dom && atf_fail "a name became a tag"
	head -c 3000 /dev/urandom >junk
	"$files" named | head -c 300 >cut
	: >empty
	for f in junk cut empty; do
		page $f
		look
		grep -q '<div id="error" role="alert"><p>' dom ||
		    [ $f = empty ] || atf_fail "$f: no word of it"
	done
	printf 'heap_v2/' >cut
	# A mapping of 2^50 bytes, a string of as many; what was zipped too often.
	printf '\032\200\200\200\200\200\200\200\002\010\001' >mapping
	printf '\062\200\200\200\200\200\200\200\002/' >string
	printf 'main;a 4096\n' >zipped
	for i in 1 2 3 4 5 6; do
		gzip -nc zipped >more && mv more zipped
	done
	for f in cut mapping string zipped; do
		page $f
		look
		grep -q '<p>[a-z]*: \(not a dump\|the profile is cut\)' dom ||
		    atf_fail "$f: no word of it"
	done
	# Deeper than the page can call itself: its outer part.
	awk 'BEGIN { for (i = 0; i < 30000; i++) printf("f%d;", i)
	    print "last 4096" }' >deep
	page deep
	look
	ready
	frames
	has '101 f99, 4.00 KiB'
	# Functions within functions within functions.
	awk 'BEGIN { printf("_Z"); for (i = 0; i < 200000; i++) printf("Z")
	    for (i = 0; i < 200000; i++) printf("1aE"); print " 4096" }' >within
	page within
	look
	ready
	# A name that looks like an option.
	printf 'main;a 4096\n' >-n
	page -- -n
	look
	ready
	# What can be read is shown beside what cannot.
	printf 'main;a 4096\n' >good
	page junk good
	look
	ready
	atf_check -s exit:1 -e match:'gone: no file' sh "$heap" gone
	atf_check -s exit:64 -e match:usage sh "$heap"
}

atf_test_case picture
picture_head()
{
	atf_set descr "Something is to be seen"
}
picture_body()
{
	"$files" named >dump
	page dump
	browser --screenshot="$PWD/full.png" "file://$PWD/page.html" >log
	printf '<!DOCTYPE html><title>nothing</title>' >page.html
	browser --screenshot="$PWD/blank.png" "file://$PWD/page.html" >log
	# 1400 wide, 1000 high.
	atf_check -o inline:' 00 00 05 78 00 00 03 e8\n' \
	    od -An -tx1 -j16 -N8 full.png
	[ "$(wc -c <full.png)" -gt $((3 * $(wc -c <blank.png))) ] ||
	    atf_fail "the picture is as good as blank"
}

atf_init_test_cases()
{
	atf_add_test_case formats
	atf_add_test_case values
	atf_add_test_case lambdas
	atf_add_test_case difference
	atf_add_test_case hands
	atf_add_test_case alone
	atf_add_test_case hostile
	atf_add_test_case picture
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The house rules that a compiler does not know.

LAYERS="os util meta page heap thread watch api"

sources()
{
	find $LAYERS -name '*.[chS]'
}

# Prints what each case finds wrong; silence is a pass.
expect_silence()
{
	"$@" >found 2>&1
	if [ -s found ]; then
		cat found
		atf_fail "$(wc -l <found) breaches"
	fi
}

atf_test_case includes
includes_head()
{
	atf_set descr "A file includes its own layer and those below"
}
includes_body()
{
	expect_silence includes_check
}
includes_check()
(
	cd "$BASALT_SRCTOP/contrib/basalt" || exit
	sources | xargs awk -v layers="$LAYERS" '
	BEGIN {
		n = split(layers, l)
		for (i = 1; i <= n; i++)
			rank[l[i]] = i
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		split($0, q, "\"")
		if (q[2] == "malloc_machdep.h" || q[2] == "malloc_np.h" ||
		    q[2] == "malloc_self.h" || q[2] == "malloc_names.h")
			next
		split(FILENAME, own, "/")
		split(q[2], dir, "/")
		if (!(dir[1] in rank) || rank[dir[1]] > rank[own[1]])
			print FILENAME ":" FNR ": includes " q[2]
	}'
)

atf_test_case names
names_head()
{
	atf_set descr "A global name is public or starts with _bas_"
}
names_body()
{
	expect_silence names_check
}
names_check()
(
	objects=$(ls "$BASALT_LIBDIR"/*_*.o | grep -v '\.t\.o$')
	sed -n 's/^	\([_a-zA-Z][_a-zA-Z0-9]*\);$/\1/p' \
	    "$BASALT_SRCTOP/lib/libbasalt/libbasalt.map" >public
	[ -s public ] || echo "no public names found"
	nm -g --defined-only $objects >symbols
	[ -s symbols ] || echo "no symbols found"
	awk 'FILENAME == "public" { public[$1] = 1; next }
	    NF == 3 && !($3 in public) && $3 !~ /^(_bas_|DW\.ref\.)/ {
		print "global name: " $3
	    }' public symbols
)

atf_test_case exports
exports_head()
{
	atf_set descr "The library exports public names, without versions"
}
exports_body()
{
	expect_silence exports_check
}
exports_check()
(
	lib=$BASALT_LIBDIR/libbasalt.so.1
	sed -n 's/^	\([_a-zA-Z][_a-zA-Z0-9]*\);$/\1/p' \
	    "$BASALT_SRCTOP/lib/libbasalt/libbasalt.map" | sort >public
	nm -D --defined-only "$lib" | awk '{ print $3 }' | sort >exported
	comm -13 public exported | sed 's/^/exported, not public: /'
	for f in malloc calloc realloc free posix_memalign aligned_alloc \
	    malloc_usable_size; do
		grep -qx "$f" exported || echo "not exported: $f"
	done
	readelf -d "$lib" | grep NEEDED | grep -v 'libc\.so' |
	    grep -v 'ld-linux'
)

atf_test_case size
size_head()
{
	atf_set descr "A file of more than 600 lines is two files"
}
size_body()
{
	expect_silence size_check
}
size_check()
(
	cd "$BASALT_SRCTOP" || exit
	find contrib lib include share tests -name '*.[chS]' |
	    xargs wc -l | awk '$2 != "total" && $1 > 600 {
		print $2 ": " $1 " lines"
	    }'
)

atf_test_case whitespace
whitespace_head()
{
	atf_set descr "No trailing space, no spaces where a tab belongs," \
	    "80 columns in the allocator"
}
whitespace_body()
{
	expect_silence whitespace_check
}
whitespace_check()
(
	cd "$BASALT_SRCTOP" || exit
	find contrib lib include share tests \
	    \( -name '*.[chS]' -o -name '*.mk' -o -name '*.sh' \
	    -o -name 'Makefile*' \) | xargs awk '
	/[ \t]$/ { print FILENAME ":" FNR ": trailing space" }
	/^        / { print FILENAME ":" FNR ": spaces for a tab" }
	FILENAME ~ /^contrib.*[chS]$/ {
		s = $0
		while ((i = index(s, "\t")) > 0)
			s = substr(s, 1, i - 1) \
			    substr("        ", 1, 8 - (i - 1) % 8) \
			    substr(s, i + 1)
		if (length(s) > 80)
			print FILENAME ":" FNR ": " length(s) " columns"
	}'
)

atf_test_case licence
licence_head()
{
	atf_set descr "Every file names its owner and its licence"
}
licence_body()
{
	expect_silence licence_check
}
licence_check()
(
	cd "$BASALT_SRCTOP" || exit
	find Makefile Makefile.inc contrib lib include share tests \
	    \( -name '*.[chS]' -o -name '*.cc' -o -name '*.mk' \
	    -o -name '*.sh' -o -name 'Makefile*' -o -name '*.[1-9]' \) \
	    -type f | while read -r f; do
		head -n 8 "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' ||
		    echo "$f: no licence"
		head -n 8 "$f" | grep -q 'Copyright (c) .* The basalt developers' ||
		    echo "$f: no owner"
	done
)

atf_init_test_cases()
{
	atf_add_test_case includes
	atf_add_test_case names
	atf_add_test_case exports
	atf_add_test_case size
	atf_add_test_case whitespace
	atf_add_test_case licence
}

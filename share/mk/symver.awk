# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# awk -f symver.awk Versions.def Symbol.map...: a linker's version script.
#
# The first file has the chain of versions, each with the one that it follows;
# the others say which names go by which version.  What no version has is
# local: that stands in the version that follows none.

function fail(text)
{
	print FILENAME ":" FNR ": " text >"/dev/stderr"
	failed = 1
	exit 1
}

# Comments go, wherever they begin and end.
{
	line = $0
	text = ""
	while (line != "") {
		if (comment) {
			if ((i = index(line, "*/")) == 0)
				break
			line = substr(line, i + 2)
			comment = 0
		} else if ((i = index(line, "/*")) > 0) {
			text = text substr(line, 1, i - 1)
			line = substr(line, i + 2)
			comment = 1
		} else {
			text = text line
			break
		}
	}
	sub(/#.*/, "", text)
	gsub(/[{};]/, " & ", text)
	$0 = text
}

# "FBSD_1.1 {", then names or nothing, then "} FBSD_1.0;" or "};"
{
	for (f = 1; f <= NF; f++) {
		if ($f == "{")
			open()
		else if ($f == "}")
			closing = 1
		else if ($f == ";")
			end()
		else if (word != "")
			fail("no ; after " word)
		else
			word = $f
	}
}

function open()
{
	if (version != "" || word == "")
		fail("a { too many")
	version = word
	word = ""
	if (NR == FNR) {
		if (version in known)
			fail(version " stands here twice")
		known[version] = 1
		order[++versions] = version
	} else if (!(version in known))
		fail("there is no version " version)
}

function end()
{
	if (closing) {
		if (version == "")
			fail("a } too many")
		if (word != "" && !(word in known))
			fail("there is no version " word)
		if (NR == FNR)
			after[version] = word
		version = ""
		closing = 0
	} else if (word != "") {
		if (version == "")
			fail(word " is of no version")
		if (word in given)
			fail(word " is of " given[word] " already")
		given[word] = version
		names[version] = names[version] "\t" word ";\n"
	}
	word = ""
}

END {
	if (failed)
		exit 1
	if (version != "" || word != "")
		fail("ends too early")
	for (v = 1; v <= versions; v++) {
		version = order[v]
		printf "%s {\n", version
		if (names[version] != "")
			printf "global:\n%s", names[version]
		if (after[version] == "")
			print "local:\n\t*;"
		print "}" (after[version] == "" ? "" : " " after[version]) ";"
	}
}

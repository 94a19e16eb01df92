# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# A heap_v2 dump in; a line for each address that lies in a file, out: address,
# file and place in the file.  Addresses are behind a call: the byte before
# counts.

# Hexadecimal without a prefix; awk may know none, and counts exactly to 2^53.
function number(text,    i, n) {
	n = 0
	for (i = 1; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}
function hex(n,    text, digit) {
	text = ""
	do {
		digit = n % 16
		text = substr("0123456789abcdef", digit + 1, 1) text
		n = (n - digit) / 16
	} while (n > 0)
	return text
}

/^@/ {
	for (i = 2; i <= NF; i++)
		if (!($i in seen)) {
			seen[$i] = 1
			pcs[++n] = $i
		}
	next
}

/^[0-9a-f]+-[0-9a-f]+ ..x/ && NF >= 6 {
	split($1, range, "-")
	m++
	start[m] = number(range[1])
	end[m] = number(range[2])
	offset[m] = number($3)
	path[m] = $0
	sub(/^[^\/]*/, "", path[m])
}

END {
	for (i = 1; i <= n; i++) {
		pc = number(substr(pcs[i], 3)) - 1
		for (j = 1; j <= m; j++)
			if (pc >= start[j] && pc < end[j] && path[j] != "")
				print pcs[i] "\t" path[j] "\t" \
				    hex(pc - start[j] + offset[j])
	}
}

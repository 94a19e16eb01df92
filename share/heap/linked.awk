# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# LOAD lines of readelf -lW, a line PLACES, then lines of address and place in
# the file in; address and the linker's own address out.

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

/^PLACES$/ {
	places = 1
	next
}

!places {
	m++
	offset[m] = number(substr($2, 3))
	virtual[m] = number(substr($3, 3))
	size[m] = number(substr($5, 3))
	next
}

{
	place = number($2)
	for (i = 1; i <= m; i++)
		if (place >= offset[i] && place < offset[i] + size[i]) {
			print $1 "\t0x" hex(place - offset[i] + virtual[i])
			break
		}
}

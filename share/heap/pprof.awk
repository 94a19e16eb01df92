# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# The bytes of a pprof dump as decimal numbers in; for each address without a
# name, a line of address, file and place in the file, out.

# Hexadecimal; numbers are exact to 2^53.
function hex(n,    text, digit) {
	text = ""
	do {
		digit = n % 16
		text = substr("0123456789abcdef", digit + 1, 1) text
		n = (n - digit) / 16
	} while (n > 0)
	return text
}

{
	for (i = 1; i <= NF; i++)
		byte[nbytes++] = $i
}

# The number at `at', which moves behind it.
function varint(    n, scale, b) {
	n = 0
	scale = 1
	do {
		b = byte[at++]
		n += (b % 128) * scale
		scale *= 128
	} while (b >= 128 && at < nbytes)
	return n
}

# Into field, wire and value: what stands at `at'.  Of bytes value is how many,
# and they are yet to be read.
function next_field(    key) {
	key = varint()
	wire = key % 8
	field = (key - wire) / 8
	value = 0
	if (wire == 0 || wire == 2)
		value = varint()
	else
		at += wire == 1 ? 8 : 4
}

# Where what is `value' long ends: not behind the last byte, whatever a length
# says.
function ended(    end) {
	end = at + value
	return end < nbytes ? end : nbytes
}

# Numbers of the message up to `end', the last of each field, into got[].
function message(end) {
	split("", got)
	while (at < end) {
		next_field()
		got[field] = value
		if (wire == 2)
			at += value
	}
}

function mapping(end) {
	message(end)
	start[got[1]] = got[2]
	offset[got[1]] = got[4]
	path[got[1]] = got[5]
}

function location(end) {
	message(end)
	if (!(4 in got) && got[2] > 0) {
		address[++n] = got[3]
		where[n] = got[2]
	}
}

# Only strings that name files are put together.
function string(end,    text) {
	for (text = ""; at < end; at++)
		text = text sprintf("%c", byte[at])
	return text
}

END {
	at = 0
	while (at < nbytes) {
		next_field()
		if (wire != 2)
			continue
		end = ended()
		if (field == 3)
			mapping(end)
		else if (field == 4)
			location(end)
		else if (field == 6) {
			if (byte[at] == 47)
				strings[nstrings] = string(end)
			nstrings++
		}
		at = end
	}
	for (i = 1; i <= n; i++) {
		m = where[i]
		if (path[m] in strings)
			print "0x" hex(address[i]) "\t" strings[path[m]] "\t" \
			    hex(address[i] - start[m] + offset[m])
	}
}

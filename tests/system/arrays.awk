# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Keeps lines of random words in arrays, replaces and deletes them at random,
# and knows at each time how many characters it should have.

function rng(n)
{
	state = (state * 16807) % 2147483647
	return state % n
}

function line_new(i,	n, s, k)
{
	s = i ":"
	n = rng(12) + (rng(500) == 0 ? 400 : 1)
	for (k = 0; k < n; k++)
		s = s " w" rng(5000)
	return s
}

BEGIN {
	state = 42
	for (i = 1; i <= 150000; i++) {
		k = rng(20000)
		if (k in text) {
			total -= length(text[k])
			split(text[k], part, ":")
			if (part[1] != when[k])
				wrong++
			delete text[k]
			delete when[k]
		}
		if (rng(4) == 0)
			continue
		when[k] = i
		text[k] = line_new(i)
		total += length(text[k])
	}
	for (k in text) {
		total -= length(text[k])
		n = split(text[k], word, " ")
		for (j = 2; j <= n; j++)
			count[word[j]]++
		t = text[k]
		subs += gsub(/w[0-9]*7/, "<&&>", t)
		upper += length(toupper(substr(t, 5)))
	}
	if (total != 0)
		wrong++
	for (w in count) {
		kinds++
		words += count[w]
	}
	printf "%d lines, wrong %d\n", i - 1, wrong
	printf "%d kinds, %d words, %d substitutions, %d characters\n",
	    kinds, words, subs, upper
}

# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause

# Words counted, sorted and grouped in hashes of arrays.
use strict;
use warnings;

my ($x, %seen, %by, $n) = (1);
sub rnd { $x = ($x * 1103515245 + 12345) & 0x7fffffff; return $x >> 8; }
for my $line (1 .. 150000) {
	my $text = join ' ', map { sprintf 'w%x', rnd() % 60000 } 1 .. 8;
	for (split / /, $text) {
		$seen{$_}++;
		push @{$by{length $_}{$_}}, $line;
	}
}
for my $len (sort keys %by) {
	my $h = $by{$len};
	$n += @{$h->{$_}} for sort { @{$h->{$b}} <=> @{$h->{$a}} } keys %$h;
}
(my $all = join ',', sort keys %seen) =~ s/w([0-9a-f]+)/hex $1/ge;
print scalar(keys %seen), " $n ", length $all, "\n";

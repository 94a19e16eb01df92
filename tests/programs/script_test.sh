# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# Interpreters and tools give under a preload what they give without.

lib=${BASALT_LIBDIR}/libbasalt.so.1

# need program: skips the case if it is not installed.
need()
{
	need_foreign
	command -v "$1" >/dev/null || atf_skip "$1 is not installed"
}

# same command...: runs it on both allocators and compares all it says.
same()
{
	"$@" >expout 2>experr ||
	    atf_skip "$1 fails without basalt: $(head -n 1 experr)"
	atf_check -o file:expout -e file:experr env LD_PRELOAD="$lib" "$@"
}

make_text()
{
	awk 'BEGIN {
		x = 42
		for (i = 0; i < 100000; i++) {
			x = (x * 1103515245 + 12345) % 2147483648
			printf "%d line %d of the text\n", x, i
		}
	}' >text
}

atf_test_case python_objects
python_objects_head()
{
	atf_set descr "python3: dictionaries, json, sqlite, big numbers"
}
python_objects_body()
{
	need python3
	cat >objects.py <<-'END'
	import json, random, re
	random.seed(1)
	data = [{"n": i, "s": "x" * random.randrange(300),
	    "l": [random.random() for _ in range(20)]} for i in range(3000)]
	for _ in range(3):
	    data = json.loads(json.dumps(data))
	print(sum(len(d["s"]) for d in data), hash(str(7 ** 5000)) % 1000)
	words = re.findall(r"\w+", json.dumps(data))
	print(len(words), len(set(words)))
	try:
	    import sqlite3
	    db = sqlite3.connect(":memory:")
	    db.execute("create table t (a integer, b text)")
	    db.executemany("insert into t values (?, ?)",
	        ((i, str(i) * 10) for i in range(20000)))
	    print(db.execute("select sum(a), sum(length(b)) from t").fetchone())
	except ImportError:
	    print("no sqlite")
	END
	export PYTHONMALLOC=malloc PYTHONHASHSEED=0
	same python3 objects.py
}

atf_test_case python_threads
python_threads_head()
{
	atf_set descr "python3: threads, fork while they work, processes"
}
python_threads_body()
{
	need python3
	cat >threads.py <<-'END'
	import multiprocessing, os, subprocess, sys, threading
	def work(n):
	    total = 0
	    for i in range(n, n + 3000):
	        total += len(str(i) * (i % 50)) + len(bytearray(i % 5000))
	    return total
	def main():
	    results = [0] * 8
	    def run(i):
	        results[i] = work(i)
	    threads = [threading.Thread(target=run, args=(i,))
	        for i in range(8)]
	    for t in threads:
	        t.start()
	    bad = 0
	    for i in range(40):
	        pid = os.fork()
	        if pid == 0:
	            os._exit(0 if work(i) > 0 else 1)
	        bad += os.waitpid(pid, 0)[1] != 0
	    for t in threads:
	        t.join()
	    print(results, bad)
	    with multiprocessing.get_context("fork").Pool(4) as pool:
	        print(pool.map(work, range(20)))
	    with multiprocessing.get_context("spawn").Pool(2) as pool:
	        print(pool.map(work, range(4)))
	    print(subprocess.check_output([sys.executable, "-c", "print(1)"]))
	if __name__ == "__main__":
	    main()
	END
	export PYTHONMALLOC=malloc
	same python3 -W ignore threads.py
}

atf_test_case perl
perl_head()
{
	atf_set descr "perl: hashes, regular expressions, sorting, fork"
}
perl_body()
{
	need perl
	cat >work.pl <<-'END'
	my (%h, @l);
	my $x = 1;
	for my $i (1 .. 200000) {
	    $x = ($x * 1103515245 + 12345) % 2147483648;
	    $h{$x % 20000} .= chr(97 + $x % 26);
	    push @l, "$x:$i";
	    splice(@l, $x % 1000, 10) if $i % 20 == 0;
	}
	my $n = grep { /7.*9/ } @l;
	print scalar(keys %h), " $n ", length(join("", values %h)), "\n";
	print join(",", (sort { $a cmp $b } @l)[0 .. 9]), "\n";
	$| = 1;
	for (1 .. 10) {
	    my $pid = fork;
	    if ($pid == 0) { my @m = map { "y" x $_ } 1 .. 1000; exit(@m - 1000) }
	    waitpid $pid, 0;
	    print "$?\n";
	}
	END
	same perl work.pl
}

atf_test_case sort
sort_head()
{
	atf_set descr "sort with threads, small and large buffers"
}
sort_body()
{
	need sort
	make_text
	same sort --parallel=4 text
	same sort --parallel=2 -S 1M -k 5 text
}

atf_test_case xz
xz_head()
{
	atf_set descr "xz with threads, and back"
}
xz_body()
{
	need xz
	make_text
	same xz -T 4 --block-size=500000 -2 -c text
	env LD_PRELOAD="$lib" xz -T 2 -1 -c text >text.xz ||
	    atf_fail "compression"
	atf_check -o file:text env LD_PRELOAD="$lib" xz -dc text.xz
}

atf_test_case git
git_head()
{
	atf_set descr "git: commits, packing with threads, checking"
}
git_body()
{
	need git
	cat >story <<-'END'
	set -e
	export GIT_AUTHOR_DATE="2001-01-01T00:00:00Z"
	export GIT_COMMITTER_DATE="$GIT_AUTHOR_DATE"
	export GIT_CONFIG_GLOBAL=/dev/null
	rm -rf repo
	git init -q -b main repo
	cd repo
	git config user.name name
	git config user.email name@example.org
	git config gc.auto 0
	for i in 1 2 3 4 5 6; do
		seq $i 7 20000 >numbers
		seq 1 $((i * 1000)) >file$i
		git add .
		git commit -q -m "commit $i"
	done
	git -c pack.threads=4 repack -q -a -d -f
	git fsck --full --strict --no-progress
	git log --stat --format=%H
	git log -p | cksum
	git blame numbers | cksum
	END
	same sh story
}

atf_test_case limited
limited_head()
{
	atf_set descr "Programs under ulimit -v: enough, and not enough"
}
limited_body()
{
	need awk
	make_text
	awk '{ a[$1] = $0 } END { print length(a) }' text >expout
	atf_check -o file:expout sh -c "ulimit -v 300000 &&
	    LD_PRELOAD='$lib' awk '{ a[\$1] = \$0 } END { print length(a) }' \
	    text"
	need python3
	# A MemoryError that the program can catch, after which it goes on.
	cat >hungry.py <<-'END'
	import sys
	l = []
	try:
	    while True:
	        l.append(bytearray(100000))
	except MemoryError:
	    n = len(l)
	    del l
	print("caught", n > 500)
	m = [str(i) for i in range(100000)]
	print(len(m))
	END
	printf 'caught True\n100000\n' >expout
	atf_check -o file:expout sh -c "ulimit -v 400000 &&
	    LD_PRELOAD='$lib' PYTHONMALLOC=malloc python3 hungry.py"
}

atf_init_test_cases()
{
	atf_add_test_case python_objects
	atf_add_test_case python_threads
	atf_add_test_case perl
	atf_add_test_case sort
	atf_add_test_case xz
	atf_add_test_case git
	atf_add_test_case limited
}

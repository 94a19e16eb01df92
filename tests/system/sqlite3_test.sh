# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause
#
# sqlite3: the shell, and a load of SQL by several threads (sqlload.c).

. "$BASALT_SRCTOP/tests/system/lib.sh"

memory()
{
	need sqlite3
	same "$1" sqlload -t 4 -n 15000
	mv said four
	# A thread's line says what it found, whoever runs beside it.
	for n in 1 2 8; do
		atf_check -o save:threads "$system/basalt-$1/sqlload" -t $n \
		    -n 15000
		head -n 4 threads >common
		head -n "$(wc -l <common)" four >expected
		atf_check -o file:expected cat common
	done
}
both memory "1 to 8 threads, each with a data base in memory"

files()
{
	need sqlite3
	mkdir own basalt
	for libc in own basalt; do
		atf_check -o save:$libc.out "$system/$libc-$1/sqlload" -t 3 \
		    -n 8000 $libc
	done
	atf_check -o file:own.out cat basalt.out
	# Byte by byte: one malloc's neighbours must not get into a file.
	for db in own/*.db; do
		atf_check cmp "$db" "basalt/${db#own/}"
	done
	options atf_check -o file:basalt.out sh -c \
	    "rm -f basalt/*.db; exec '$system/basalt-$1/sqlload' -t 3 \
	    -n 8000 basalt"
}
both files "Threads with data bases in files, and settings of the malloc"

shell()
{
	need sqlite3
	cat >load.sql <<-'END'
	CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c);
	WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	    WHERE i < 60000)
	INSERT INTO t SELECT i, i * 7919 % 10007,
	    hex(i * 104729) || substr(hex(zeroblob(i % 90)), 1, i % 170),
	    json_object('i', i, 'l', json_array(i, i + 1, hex(i))) FROM n;
	CREATE INDEX t_a ON t (a);
	CREATE UNIQUE INDEX t_b ON t (b, id);
	SELECT count(*), sum(a), sum(length(b)) FROM t;
	SELECT a % 10, count(*), max(b), sum(json_extract(c, '$.l[1]')) FROM t
	    GROUP BY a % 10;
	SELECT count(*) FROM t x JOIN t y ON x.a = y.a AND x.id < y.id;
	SELECT id, ntile(4) OVER w, first_value(b) OVER w FROM t
	    WHERE id % 997 = 0 WINDOW w AS (PARTITION BY a % 3 ORDER BY id);
	BEGIN;
	UPDATE t SET b = b || b WHERE a % 2 = 0;
	ROLLBACK;
	DELETE FROM t WHERE a % 3 = 1;
	UPDATE t SET b = upper(b) || 'x' WHERE a % 3 = 2;
	VACUUM;
	PRAGMA integrity_check;
	SELECT count(*), sum(length(b)) FROM t;
	.mode json
	SELECT * FROM t ORDER BY id DESC LIMIT 3;
	.mode box
	SELECT * FROM t ORDER BY b LIMIT 3;
	.mode list
	.dump
	END
	for libc in own basalt; do
		"$system/$libc-$1/sqlite3" $libc.db <load.sql >$libc.out 2>&1 ||
			atf_fail "$libc: $(tail -n 3 $libc.out)"
	done
	atf_check -o ignore grep '^ok$' own.out
	atf_check cmp own.out basalt.out
	atf_check cmp own.db basalt.db
	# Read back what was dumped.
	sed -n '/^PRAGMA foreign_keys/,$p' basalt.out >dump.sql
	atf_check "$system/basalt-$1/sqlite3" back.db ".read dump.sql"
	atf_check -o inline:"ok\n" "$system/basalt-$1/sqlite3" back.db \
	    "PRAGMA integrity_check"
	atf_check -o file:dump.sql "$system/own-$1/sqlite3" back.db .dump
}
both shell "The shell: indices, joins, windows, json, a dump read back"

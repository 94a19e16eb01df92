/*-
 * Copyright (c) 2026 The basalt developers
 * SPDX-License-Identifier: BSD-2-Clause
 */

/*
 * sqlload [-t threads] [-n rows] [directory]
 *
 * A load of SQL, each thread with a connection and a data base of its own: in
 * memory, or in a file of the directory.  What thread n finds depends on n and
 * on the number of rows alone, so runs on different mallocs and with more or
 * fewer threads print the same line for it.
 */

#include <err.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#define	MAXTHREADS	64

struct worker {
	pthread_t	 thread;
	sqlite3		*db;
	uint64_t	 random;
	uint64_t	 digest;	/* of all that the queries gave */
	long		 values;	/* how many that were */
	char		 path[512];
};

static long nrows = 20000;

/* In the order in which they run; each value found goes into the digest. */
static const char *const statements[] = {
	"CREATE INDEX orders_who ON orders (who, day)",
	"CREATE INDEX orders_what ON orders (what)",
	"SELECT count(*), sum(amount), max(length(note)) FROM orders",
	"SELECT people.name, count(*), sum(orders.amount) FROM orders"
	" JOIN people ON people.id = orders.who GROUP BY people.name"
	" HAVING count(*) > 1 ORDER BY 3 DESC, 1 LIMIT 200",
	"SELECT a.who, count(*) FROM orders a JOIN orders b"
	" ON a.who = b.who AND a.day = b.day + 1 GROUP BY a.who ORDER BY 1",
	"SELECT id, sum(amount) OVER (PARTITION BY who ORDER BY day, id"
	" ROWS BETWEEN 5 PRECEDING AND CURRENT ROW), rank() OVER"
	" (PARTITION BY who ORDER BY amount DESC, id), lag(note, 2) OVER"
	" (ORDER BY id) FROM orders ORDER BY id",
	"SELECT group_concat(note, '/') FROM (SELECT who, note FROM orders"
	" ORDER BY id) GROUP BY who % 50 ORDER BY who % 50",
	"SELECT json_group_array(json_object('who', who, 'what', what,"
	" 'sum', amount)) FROM (SELECT * FROM orders ORDER BY id LIMIT 3000)",
	"SELECT sum(json_extract(value, '$.n')), count(DISTINCT"
	" json_extract(value, '$.s')) FROM (SELECT json_group_array("
	"json_object('n', day, 's', note)) AS j FROM orders), json_each(j)",
	"WITH RECURSIVE tree(id, depth, path) AS (SELECT 1, 0, '1' UNION ALL"
	" SELECT people.id, depth + 1, path || '.' || people.id FROM people"
	" JOIN tree ON people.boss = tree.id) SELECT id, depth, path FROM tree"
	" ORDER BY path",
	"INSERT INTO text SELECT id, note FROM orders",
	"SELECT rowid FROM text WHERE text MATCH 'ab* OR zz*' ORDER BY rowid",
	"UPDATE orders SET note = note || upper(note) WHERE id % 3 = 0",
	"DELETE FROM orders WHERE id % 5 = 1",
	"SAVEPOINT s",
	"UPDATE orders SET amount = amount * 2, what = what || '!'",
	"ROLLBACK TO s",
	"RELEASE s",
	"SELECT what, avg(length(note)), min(note), max(note) FROM orders"
	" GROUP BY what ORDER BY what",
	"VACUUM",
	"REINDEX",
	"PRAGMA integrity_check",
	"SELECT count(*), total(amount) FROM orders",
};

static uint64_t
rng(struct worker *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (w->random);
}

static void
need(struct worker *w, int rc)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
		errx(1, "sqlite: %s", sqlite3_errmsg(w->db));
}

static void
digest_add(struct worker *w, const char *text)
{
	for (; *text != '\0'; text++)
		w->digest = (w->digest ^ (unsigned char)*text) *
		    0x100000001b3;
	w->digest = (w->digest ^ 0xff) * 0x100000001b3;
	w->values++;
}

static void
run(struct worker *w, const char *sql)
{
	sqlite3_stmt *st;
	const char *text;
	int i, rc;

	need(w, sqlite3_prepare_v2(w->db, sql, -1, &st, NULL));
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		for (i = 0; i < sqlite3_column_count(st); i++) {
			text = (const char *)sqlite3_column_text(st, i);
			digest_add(w, text != NULL ? text : "NULL");
		}
	}
	need(w, rc);
	sqlite3_finalize(st);
}

static void
word(struct worker *w, char *buf, size_t max)
{
	size_t i, len;

	len = rng(w) % max + 1;
	for (i = 0; i < len; i++)
		buf[i] = rng(w) % 7 == 0 ? ' ' : (char)('a' + rng(w) % 26);
	buf[len] = '\0';
}

static void
people_insert(struct worker *w)
{
	sqlite3_stmt *st;
	char name[40];
	long i;

	need(w, sqlite3_prepare_v2(w->db,
	    "INSERT INTO people VALUES (?, ?, ?)", -1, &st, NULL));
	for (i = 1; i <= nrows / 10 + 1; i++) {
		word(w, name, 30);
		sqlite3_bind_int64(st, 1, i);
		sqlite3_bind_text(st, 2, name, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(st, 3, i / 3);
		need(w, sqlite3_step(st));
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
}

static void
orders_insert(struct worker *w)
{
	sqlite3_stmt *st;
	char note[200], what[3];
	long i;

	need(w, sqlite3_prepare_v2(w->db,
	    "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", -1, &st, NULL));
	for (i = 1; i <= nrows; i++) {
		word(w, note, sizeof(note) - 1);
		what[0] = (char)('a' + rng(w) % 26);
		what[1] = (char)('a' + rng(w) % 26);
		what[2] = '\0';
		sqlite3_bind_int64(st, 1, i);
		sqlite3_bind_int64(st, 2,
		    (sqlite3_int64)(rng(w) % (uint64_t)(nrows / 10 + 1)) + 1);
		sqlite3_bind_text(st, 3, what, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(st, 4, (sqlite3_int64)(rng(w) % 365));
		sqlite3_bind_int64(st, 5, (sqlite3_int64)(rng(w) % 100000));
		sqlite3_bind_text(st, 6, note, -1, SQLITE_TRANSIENT);
		need(w, sqlite3_step(st));
		sqlite3_reset(st);
	}
	sqlite3_finalize(st);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	size_t i;

	need(w, sqlite3_open(w->path, &w->db));
	run(w, "PRAGMA synchronous = OFF");
	run(w, "CREATE TABLE people (id INTEGER PRIMARY KEY, name, boss)");
	run(w, "CREATE TABLE orders (id INTEGER PRIMARY KEY, who, what, day,"
	    " amount, note)");
	run(w, "CREATE VIRTUAL TABLE text USING fts5(order_id, note)");
	run(w, "BEGIN");
	people_insert(w);
	orders_insert(w);
	run(w, "COMMIT");
	for (i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		run(w, statements[i]);
	need(w, sqlite3_close(w->db));
	return (NULL);
}

int
main(int argc, char *argv[])
{
	static struct worker workers[MAXTHREADS];
	const char *dir;
	long i, nthreads = 1;
	int ch;

	while ((ch = getopt(argc, argv, "n:t:")) != -1) {
		switch (ch) {
		case 'n':
			nrows = atol(optarg);
			break;
		case 't':
			nthreads = atol(optarg);
			break;
		default:
			errx(2, "usage: sqlload [-t threads] [-n rows]"
			    " [directory]");
		}
	}
	if (nthreads < 1 || nthreads > MAXTHREADS || nrows < 1)
		errx(2, "1 to %d threads, 1 row at least", MAXTHREADS);
	dir = argv[optind];

	/* Its account of memory would put all threads behind one lock. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	for (i = 0; i < nthreads; i++) {
		workers[i].random = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
		workers[i].digest = 0xcbf29ce484222325;
		if (dir != NULL)
			snprintf(workers[i].path, sizeof(workers[i].path),
			    "%s/%ld.db", dir, i);
		else
			strcpy(workers[i].path, ":memory:");
		if (pthread_create(&workers[i].thread, NULL, work,
		    &workers[i]) != 0)
			errx(1, "no thread");
	}
	for (i = 0; i < nthreads; i++) {
		pthread_join(workers[i].thread, NULL);
		printf("thread %ld: %ld values, %016llx\n", i,
		    workers[i].values, (unsigned long long)workers[i].digest);
	}
	return (0);
}

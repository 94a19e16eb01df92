# Copyright (c) 2026 The basalt developers
# SPDX-License-Identifier: BSD-2-Clause

# A table in memory: filled, indexed, joined and changed.
import random
import sqlite3

rng = random.Random(2)
db = sqlite3.connect(":memory:")
db.execute("create table a (id integer primary key, k int, name text, v real)")
db.executemany(
    "insert into a values (?, ?, ?, ?)",
    (
        (i, rng.randrange(50000), "name %d" % rng.randrange(1 << 30), rng.random())
        for i in range(400000)
    ),
)
db.execute("create index ak on a (k)")
db.execute("create index an on a (name)")
rows = db.execute("select * from a order by name").fetchall()
total = db.execute(
    "select count(*), sum(x.v) from a x join a y on x.k = y.k where x.id < y.id"
).fetchone()
for i in range(0, 400000, 7):
    db.execute("update a set name = ?, k = k + 1 where id = ?", ("new %d" % i, i))
db.execute("delete from a where k % 3 = 0")
groups = db.execute("select k, group_concat(name) from a group by k").fetchall()
print(len(rows), total[0], len(groups))

-- Copyright (c) 2026 The basalt developers
-- SPDX-License-Identifier: BSD-2-Clause

-- A small shop in memory.
create table item (id integer primary key, name text, price real);
create table sale (id integer primary key, item int, at int, note text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)
insert into item select i, 'item ' || (i * 7919 % 50021), i % 997 from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 600000)
insert into sale select i, i * 31 % 50000 + 1, i * 131 % 86400,
	'note ' || hex(i * 2654435761 % 4294967296) from n;
create index sale_item on sale (item, at);
create index sale_note on sale (note);
select count(*), sum(price) from sale join item on item.id = sale.item
	where at < 40000;
select count(*) from (select item, group_concat(note) from sale group by item);
update sale set note = note || ' changed' where at % 5 = 0;
delete from sale where at % 7 = 0;
select count(distinct note), max(length(note)) from sale;

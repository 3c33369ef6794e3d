-- Makes spaces that are not there.
-- params: 1 names
-- rows: none
-- locks: space rows
insert into space (name) select n.name from unnest($1::text[]) as n(name) order by n.name on conflict do nothing

-- A row for a space, so that its logs can be counted.
-- params: space
-- rows: none
-- locks: none that others wait for
insert into quota (kind, issuer, name) values ('space', '', $1) on conflict do nothing

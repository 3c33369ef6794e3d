-- Rows for the space and the user of an upload, so that it can be counted against them.
-- params: space, issuer, subject
-- rows: none
-- locks: none that others wait for
insert into quota (kind, issuer, name)
values ('space', '', $1), ('user', $2, $3)
on conflict do nothing

-- Gives a role in a space that is there, or in every one, in place of the one that the holder had there.
-- params: 1 space; 2 issuer; 3 holder; 4 name; 5 role; 6 granted by
-- rows: the role before (null: none); none where the space is not there
-- locks: space_grant row
with before as materialized (
  select g.role from space_grant g where g.space = $1 and g.issuer = $2 and g.holder = $3 and g.name = $4
),
made as (
  insert into space_grant as g (space, issuer, holder, name, role, granted_by)
  select $1, $2, $3, $4, $5, $6
  where $1 = '*' or exists (select from space s where s.name = $1)
  on conflict (space, issuer, holder, name) do update
    set role = excluded.role, granted_by = excluded.granted_by, granted_at = now()
    where g.role <> excluded.role
)
select (select b.role from before b)
where $1 = '*' or exists (select from space s where s.name = $1)

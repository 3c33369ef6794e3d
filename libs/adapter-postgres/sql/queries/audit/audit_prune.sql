-- Forgets orders of long ago; only where the transaction has said that a policy asks for it.
-- params: 1 days; 2 rows
-- rows: how many
-- locks: their rows
with old as (
  select a.id from audit a
  where a.at < now() - $1::float8 * interval '1 day'
  order by a.at
  limit $2
),
ends as (delete from audit_end e using old o where e.audit_id = o.id),
gone as (delete from audit a using old o where a.id = o.id returning 1)
select count(*)::int from gone

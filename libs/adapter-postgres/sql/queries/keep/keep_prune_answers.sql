-- Forgets answers that were kept for repeats of long ago.
-- params: 1 days; 2 rows
-- rows: how many
-- locks: their rows
with old as (
  select k.id from kept_answer k
  where k.made_at < now() - $1::float8 * interval '1 day'
  order by k.made_at
  limit $2
),
gone as (delete from kept_answer k using old o where k.id = o.id returning 1)
select count(*)::int from gone

-- Forgets batches that were settled long ago. One that comes again after that is judged by its attempts.
-- params: 1 days; 2 rows
-- rows: how many
-- locks: their rows
with old as (
  select b.batch_id from batch_seen b
  where b.settled_at < now() - $1::float8 * interval '1 day'
  order by b.settled_at
  limit $2
),
gone as (delete from batch_seen b using old o where b.batch_id = o.batch_id returning 1)
select count(*)::int from gone

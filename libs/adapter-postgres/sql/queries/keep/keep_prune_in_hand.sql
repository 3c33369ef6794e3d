-- Forgets batches that came again long ago: settled another way, or known for as long as copies of them might come.
-- params: 1 days; 2 rows
-- rows: how many
-- locks: their rows
with old as (
  select b.digest from batch_in_hand b
  where b.taken_at < now() - $1::float8 * interval '1 day'
  order by b.taken_at
  limit $2
),
gone as (delete from batch_in_hand b using old o where b.digest = o.digest returning 1)
select count(*)::int from gone

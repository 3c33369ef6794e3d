-- Removes the oldest events of a partition: those that are stored in the stream and old, up to the first that is not.
-- params: 1 partition; 2 days; 3 rows
-- rows: how many were removed, if any
-- locks: their rows, which nobody changes any more; the partition's row of outbox_kept
with oldest as (
  select u.seq, u.confirmed_at is not null and u.created_at < now() - $2::float8 * interval '1 day' as old
  from outbox u
  where u.partition = $1
  order by u.seq
  limit $3
),
gone as (
  delete from outbox o
  using oldest u
  where o.partition = $1 and o.seq = u.seq
    and u.seq < coalesce((select min(y.seq) from oldest y where not y.old), 9223372036854775807)
  returning o.seq
)
update outbox_kept k
set from_seq = g.last + 1
from (select max(seq) as last, count(*)::int as events from gone) g
where k.partition = $1 and g.last is not null
returning g.events

-- Which events are behind a position, in order of each partition; see events_of_workflow.sql for why none is missed.
-- hot
-- params: 1 partitions, 2 seq of each; 3 types or null; 4 time or null; 5 rows of one partition;
--   6 visible spaces (null: all)
-- rows: partition, seq, time, bytes of the body, whether it is of these types, not older than the time and of a visible space
-- locks: none
select
  o.partition, o.seq, o.created_at, octet_length(o.body),
  ($3::text[] is null or o.type = any ($3)) and ($4::timestamptz is null or o.created_at >= $4)
  and ($6::text[] is null or exists (select 1 from workflow w where w.id = o.workflow_id and w.space = any ($6)))
from unnest($1::smallint[], $2::bigint[]) as p(partition, seq)
cross join lateral (
  select u.partition, u.seq, u.type, u.body, u.created_at, u.workflow_id
  from outbox u
  where u.partition = p.partition and u.seq > p.seq
  order by u.seq
  limit $5
) o
order by o.partition, o.seq

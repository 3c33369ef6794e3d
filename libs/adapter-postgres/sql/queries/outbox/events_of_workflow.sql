-- Which events of one workflow are behind a seq, in order. A seq is given out and its row committed under the lock of its
-- partition: behind the one that was seen last nothing appears any more.
-- hot
-- params: 1 workflow id; 2 seq; 3 types or null; 4 time or null; 5 rows; 6 visible spaces (null: all)
-- rows: partition, seq, time, bytes of the body, whether it is of these types, not older than the time and of a visible space
-- locks: none
select
  o.partition, o.seq, o.created_at, octet_length(o.body),
  ($3::text[] is null or o.type = any ($3)) and ($4::timestamptz is null or o.created_at >= $4)
  and ($6::text[] is null or exists (select 1 from workflow w where w.id = o.workflow_id and w.space = any ($6)))
from outbox o
where o.workflow_id = $1 and o.seq > $2
order by o.seq
limit $5

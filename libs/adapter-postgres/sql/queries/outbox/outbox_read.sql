-- Events of some partitions that the stream has not confirmed, oldest first.
-- hot
-- params: partitions, most rows
-- rows: partition, seq, public id, run no, type, body, time (ISO)
-- locks: none; a partition has one relay at a time, and a second one would only publish twice
select o.partition, o.seq, w.public_id, o.run_no, o.type, o.body,
  to_char(o.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
from unnest($1::smallint[]) as p(partition)
cross join lateral (
  select u.partition, u.seq, u.workflow_id, u.run_no, u.type, u.body, u.created_at
  from outbox u
  where u.partition = p.partition and u.confirmed_at is null
  order by u.seq
  limit $2
) o
join workflow w on w.id = o.workflow_id

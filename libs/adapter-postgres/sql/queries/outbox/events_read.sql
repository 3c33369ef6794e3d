-- Events by their place in the log. They never change.
-- hot
-- params: 1 partitions, 2 seqs, 3 visible spaces (null: all)
-- rows: partition, seq, public id, run no, type, body, time (ISO)
-- locks: none
select o.partition, o.seq, w.public_id, o.run_no, o.type, o.body,
  to_char(o.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
from unnest($1::smallint[], $2::bigint[]) with ordinality as e(partition, seq, no)
join outbox o on o.partition = e.partition and o.seq = e.seq
join workflow w on w.id = o.workflow_id and ($3::text[] is null or w.space = any ($3))
order by e.no

-- Marks events that the stream has stored. Says nothing of confirmed_at: by the partial index that this would allow, every
-- open event is held against every one named here (8,000 open, 1,000 named: 2.7 s).
-- hot
-- params: partition[], seq[]
-- rows: none
-- locks: outbox rows
update outbox o
set confirmed_at = now()
from unnest($1::smallint[], $2::bigint[]) as e(partition, seq)
where o.partition = e.partition and o.seq = e.seq

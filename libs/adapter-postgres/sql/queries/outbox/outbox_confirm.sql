-- Marks events that the stream has stored.
-- hot
-- params: partition[], seq[]
-- rows: none
-- locks: outbox rows
update outbox o
set confirmed_at = now()
from unnest($1::smallint[], $2::bigint[]) as e(partition, seq)
where o.partition = e.partition and o.seq = e.seq and o.confirmed_at is null

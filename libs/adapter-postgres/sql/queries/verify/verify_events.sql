-- D3: the events of a partition have no gap, from where its log is kept up to the newest.
-- params: most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select null::bigint, null::int, format('partition %s: %s events from %s to %s, where those from %s to %s are kept',
  c.partition, coalesce(o.rows, 0), o.oldest, o.newest, k.from_seq, c.seq)
from event_cursor c
left join outbox_kept k on k.partition = c.partition
left join (
  select partition, count(*) as rows, min(seq) as oldest, max(seq) as newest from outbox group by partition
) o on o.partition = c.partition
where k.from_seq is null or coalesce(o.rows, 0) <> c.seq - k.from_seq + 1
  or o.oldest <> k.from_seq or o.newest <> c.seq
limit $1

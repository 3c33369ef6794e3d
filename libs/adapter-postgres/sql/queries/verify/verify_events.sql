-- D3: the events of a partition have no gap, up to the newest. Old ones may have been dropped.
-- params: most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select null::bigint, null::int, format('partition %s: %s events from %s to %s, the newest was %s',
  c.partition, coalesce(o.rows, 0), o.oldest, o.newest, c.seq)
from event_cursor c
left join (
  select partition, count(*) as rows, min(seq) as oldest, max(seq) as newest from outbox group by partition
) o on o.partition = c.partition
where o.rows is not null and (o.newest <> c.seq or o.rows <> o.newest - o.oldest + 1)
limit $1

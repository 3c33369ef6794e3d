-- Where the events of a time begin: the last seq of each partition that is older by more than a minute. Times of a partition
-- run with its seqs but for the few seconds that a transaction lasts. Reads back from the newest: what is newer than the
-- time would be read anyway.
-- hot
-- params: 1 partitions; 2 time
-- rows: partition, seq (0: from the first)
-- locks: none
select p.partition, coalesce(o.seq, 0)
from unnest($1::smallint[]) as p(partition)
left join lateral (
  select u.seq
  from outbox u
  where u.partition = p.partition and u.created_at < $2::timestamptz - interval '1 minute'
  order by u.seq desc
  limit 1
) o on true

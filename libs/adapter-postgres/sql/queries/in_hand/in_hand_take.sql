-- Notes that a process has batches in hand that came again. Another process that had one in hand, and never said what became
-- of it, has died; it doesn't count when PostgreSQL was started since, which it may have outlived. A batch that enough have
-- died with is not in hand yet: it is tried alone.
-- params: 1 process; 2 partition; per batch, distinct: 3 digest in hex, 4 batch id; 5 deaths that are enough
-- rows: digest in hex, deaths, settled, end of the part that killed, deaths alone, set aside, duplicates and stale
--   (comma-separated)
-- locks: their rows, in order
with asked as materialized (
  select decode(a.digest, 'hex') as digest, a.batch_id from unnest($3::text[], $4::uuid[]) as a(digest, batch_id)
),
known as materialized (
  select b.digest, b.part_end, (b.holder <> $1::uuid and b.taken_at > pg_postmaster_start_time()) is true as has_killed
  from batch_in_hand b
  join asked a on a.digest = b.digest
  order by b.digest
  for update of b
),
taken as (
  update batch_in_hand b
  set
    deaths = b.deaths + k.has_killed::int,
    deaths_alone = b.deaths_alone + (k.has_killed and (k.part_end = b.settled + 1) is true)::int,
    killed_end = case when k.has_killed then coalesce(k.part_end, b.killed_end) else b.killed_end end,
    part_end = null,
    holder = case when b.deaths + k.has_killed::int < $5 then $1::uuid end,
    taken_at = now()
  from known k
  where b.digest = k.digest
  returning b.*
),
added as (
  insert into batch_in_hand (digest, partition, batch_id, holder)
  select a.digest, $2, a.batch_id, $1::uuid
  from asked a
  where not exists (select 1 from known k where k.digest = a.digest)
  on conflict (digest) do nothing
  returning *
)
select
  encode(b.digest, 'hex'), b.deaths, b.settled, b.killed_end, b.deaths_alone, b.set_aside,
  array_to_string(b.duplicate, ','), array_to_string(b.stale, ',')
from (select * from taken union all select * from added) b

-- Sessions as the broker needs them to choose jobs.
-- params: session ids
-- rows: id, site, cores, memory MiB, transforms, walltime left in seconds (null: no end), state
-- locks: none
select s.id, s.site, s.cores, s.memory_mib, s.transforms,
  extract(epoch from s.walltime_end_at - now())::int, s.state
from session s
where s.id = any ($1::bigint[])

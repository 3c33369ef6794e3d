-- Kinds of workers that may be granted leases now: workers that are alike are one row.
-- params: none
-- rows: site, cores, memory MiB, transforms, longest walltime left in seconds (null: no end), workers
-- locks: none
select
  s.site, s.cores, s.memory_mib, s.transforms,
  case when bool_or(s.walltime_end_at is null) then null
  else max(extract(epoch from s.walltime_end_at - now()))::int end,
  count(*)::int
from session s
where s.state = 'live'
group by s.site, s.cores, s.memory_mib, s.transforms

-- Kinds of workers that may be granted leases now, if their site is open: workers that are alike are one row. Tags of a
-- worker stand before those of its site.
-- params: none
-- rows: site, state and sandbox rule of the site, cores, memory MiB, gpus, disk MiB (null: unlimited), tags, features, transforms, longest
--   walltime left in seconds (null: no end), pull ceiling of the site in cores and in MiB (null: none), workers, those of them that hold jobs
-- locks: none
select
  s.site, coalesce(h.state, 'open'), coalesce(h.sandbox, 'auto'), s.cores, s.memory_mib, s.gpus, s.disk_mib,
  coalesce(h.tags, '{}') || s.tags, s.features, s.transforms,
  case when bool_or(s.walltime_end_at is null) then null
  else max(extract(epoch from s.walltime_end_at - now()))::int end,
  h.pull_cores, h.pull_memory_mib, count(*)::int,
  count(*) filter (where exists (select 1 from lease l where l.session_id = s.id and l.open > 0))::int
from session s
left join site h on h.name = s.site
where s.state = 'live'
group by
  s.site, h.state, h.sandbox, s.cores, s.memory_mib, s.gpus, s.disk_mib, h.tags, s.tags, s.features, s.transforms, h.pull_cores,
  h.pull_memory_mib

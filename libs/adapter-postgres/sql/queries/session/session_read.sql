-- Sessions as the broker needs them to choose jobs. Tags of a worker stand before those of its site.
-- params: session ids
-- rows: id, state, what its worker was ordered to do (or null), sandbox rule of the site; and what it offers: site, state of
--   the site, cores, memory MiB, gpus, disk MiB (null: unlimited), tags, features, transforms, walltime left in seconds
--   (null: no end), pull ceiling of the site in cores and in MiB (null: none)
-- locks: none
select
  s.id, s.state, s.ordered, coalesce(h.sandbox, 'auto'),
  s.site, coalesce(h.state, 'open'), s.cores, s.memory_mib, s.gpus, s.disk_mib,
  coalesce(h.tags, '{}') || s.tags, s.features, s.transforms, extract(epoch from s.walltime_end_at - now())::int,
  h.pull_cores, h.pull_memory_mib
from session s
left join site h on h.name = s.site
where s.id = any ($1::bigint[])

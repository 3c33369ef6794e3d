-- Makes a session for a worker that starts, and its site if nobody knew that.
-- params: 1 site, 2 worker, 3 cores, 4 memory MiB, 5 walltime sec (or null), 6 tags (json), 7 transforms,
--   8 work dir (or null), 9 gpus, 10 disk MiB (or null), 11 features
-- rows: session id, and of its site: state, sandbox, suspect sec, orphan sec, cut-off stop sec (each null: the default)
-- locks: none
with home as (insert into site (name) values ($1) on conflict (name) do nothing),
made as (
  insert into session (
    site, worker, cores, memory_mib, walltime_end_at, tags, transforms, work_dir, gpus, disk_mib, features
  )
  values ($1, $2, $3, $4, now() + $5::int * interval '1 second', $6::jsonb, $7::text[], $8, $9, $10, $11::text[])
  returning id
)
select
  m.id, coalesce(s.state, 'open'), coalesce(s.sandbox, 'auto'), s.suspect_sec, s.orphan_sec, s.cut_off_stop_sec
from made m
left join site s on s.name = $1

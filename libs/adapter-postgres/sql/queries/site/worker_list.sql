-- Sessions in the order in which they registered.
-- params: 1 sites (or null), 2 states, 3 after this session id, 4 most rows, 5 session ids (or null)
-- rows: session, site, worker, state, cores, memory MiB, gpus, disk MiB, tags, features, transforms, work dir, attempts
--   held, walltime left in seconds, silent for seconds, registered_at, ended_at, ordered, note, ordered by, ordered_at
-- locks: none
select
  s.id, s.site, s.worker, s.state, s.cores, s.memory_mib, s.gpus, s.disk_mib, s.tags, s.features, s.transforms,
  s.work_dir,
  (select coalesce(sum(l.open), 0)::int from lease l where l.session_id = s.id and l.open > 0),
  case when s.walltime_end_at is not null then greatest(extract(epoch from s.walltime_end_at - now())::int, 0) end,
  greatest(extract(epoch from now() - s.heartbeat_at)::int, 0),
  s.registered_at, s.ended_at, s.ordered, s.note, s.ordered_by, s.ordered_at
from session s
where ($1::text[] is null or s.site = any ($1))
  and s.state = any ($2::text[])
  and s.id > $3::bigint
  and ($5::bigint[] is null or s.id = any ($5))
order by s.id
limit $4

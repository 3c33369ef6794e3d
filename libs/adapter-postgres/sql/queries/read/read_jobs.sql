-- One step of a workflow's jobs in document order, with the last attempt of each. Looks at every job of a stretch, which
-- bounds what a plan made without statistics may cost; read_alike_jobs.sql is for a few failed ones among many.
-- hot
-- params: 1 workflow id; 2 ordinal to start behind; 3 rows; each or null: 4 tasks, 5 states, 6 reasons, 7 exit codes,
--   8 sites, 9 fingerprints of jobs that failed by themselves, 10 ordinals;
--   11 ordinal to end with; 12 names of conditions that are turned around (labels, states, ...)
-- rows: ordinal, name, label, state, reason, attempt, exit_code, site, worker, started_at, ended_at, cpu_sec,
--   peak_memory_mib, message
-- locks: none
with step as materialized (
  select s.ordinal, s.task, s.state, s.reason, s.attempt, s.lease_id
  from job_state s
  where s.workflow_id = $1 and s.ordinal > $2 and s.ordinal <= $11
    and ($4::int[] is null or (s.task = any ($4)) <> ('labels' = any ($12::text[])))
    and ($5::smallint[] is null or (s.state = any ($5)) <> ('states' = any ($12)))
    and ($6::smallint[] is null or (s.reason = any ($6)) <> ('reasons' = any ($12)))
    and ($10::int[] is null or (s.ordinal = any ($10)) <> ('ordinals' = any ($12)))
    and ($7::smallint[] is null or exists (
      select 1 from attempt a
      where a.workflow_id = $1 and a.ordinal = s.ordinal and a.attempt = s.attempt and a.exit_code = any ($7)
    ) <> ('exitCodes' = any ($12)))
    and ($9::bigint[] is null or (s.state = 4 and s.reason not in (4, 5) and exists (
      select 1 from attempt a
      where a.workflow_id = $1 and a.ordinal = s.ordinal and a.attempt = s.attempt and a.fingerprint = any ($9)
    )) <> ('fingerprints' = any ($12)))
    and ($8::text[] is null or exists (
      select 1 from session w
      where w.site = any ($8) and w.id = coalesce(
        (select l.session_id from lease l where l.id = s.lease_id and s.state = 2),
        (select a.session_id from attempt a
         where a.workflow_id = $1 and a.ordinal = s.ordinal and a.attempt = s.attempt)
      )
    ) <> ('sites' = any ($12)))
  order by s.ordinal
  limit $3
)
select
  s.ordinal, j.name, t.label, s.state, s.reason, s.attempt, a.exit_code, w.site, w.worker, a.started_at, a.ended_at,
  a.cpu_sec, a.peak_memory_mib, a.message
from step s
cross join lateral (
  select j.name from job j where j.workflow_id = $1 and j.ordinal = s.ordinal limit 1
) j
cross join lateral (
  select t.label from task t where t.workflow_id = $1 and t.ordinal = s.task limit 1
) t
left join lateral (
  select a.exit_code, a.started_at, a.ended_at, a.cpu_sec, a.peak_memory_mib, a.message, a.session_id
  from attempt a
  where a.workflow_id = $1 and a.ordinal = s.ordinal and a.attempt = s.attempt
  limit 1
) a on true
left join lateral (
  select l.session_id from lease l where l.id = s.lease_id and s.state = 2 limit 1
) l on true
left join lateral (
  select w.site, w.worker from session w where w.id = coalesce(l.session_id, a.session_id) limit 1
) w on true
order by s.ordinal

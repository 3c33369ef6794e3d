-- One step of the jobs of a workflow that failed by themselves, in document order, as read_jobs.sql has it: by the index
-- of what failed, for a few among many.
-- hot
-- params: 1 workflow id; 2 ordinal to start behind; 3 rows; ranges of fingerprints: 4 from[], 5 to[] (both included);
--   each or null: 6 tasks, 7 reasons, 8 exit codes, 9 sites, 10 ordinals; 11 names of conditions that are turned around
-- rows: ordinal, name, label, state, reason, attempt, exit_code, site, worker, started_at, ended_at, cpu_sec,
--   peak_memory_mib, message
-- locks: none
with step as materialized (
  select s.ordinal, s.task, s.state, s.reason, s.attempt, w.site, w.worker
  from unnest($4::bigint[], $5::bigint[]) as r(low, high)
  cross join lateral (
    select a.ordinal, a.attempt, a.exit_code, a.session_id
    from attempt a
    where a.workflow_id = $1 and a.fingerprint between r.low and r.high and a.ordinal > $2
    offset 0
  ) a
  cross join lateral (
    select s.ordinal, s.task, s.state, s.reason, s.attempt
    from job_state s
    where s.workflow_id = $1 and s.ordinal = a.ordinal and s.attempt = a.attempt and s.state = 4
      and s.reason not in (4, 5)
    offset 0
  ) s
  cross join lateral (
    select w.site, w.worker from session w where w.id = a.session_id
    offset 0
  ) w
  where ($6::int[] is null or (s.task = any ($6)) <> ('labels' = any ($11::text[])))
    and ($7::smallint[] is null or (s.reason = any ($7)) <> ('reasons' = any ($11)))
    and ($8::smallint[] is null or coalesce(a.exit_code = any ($8), false) <> ('exitCodes' = any ($11)))
    and ($9::text[] is null or (w.site = any ($9)) <> ('sites' = any ($11)))
    and ($10::int[] is null or (s.ordinal = any ($10)) <> ('ordinals' = any ($11)))
  order by s.ordinal
  limit $3
)
select
  s.ordinal, j.name, t.label, s.state, s.reason, s.attempt, a.exit_code, s.site, s.worker, a.started_at, a.ended_at,
  a.cpu_sec, a.peak_memory_mib, a.message
from step s
cross join lateral (
  select j.name from job j where j.workflow_id = $1 and j.ordinal = s.ordinal limit 1
) j
cross join lateral (
  select t.label from task t where t.workflow_id = $1 and t.ordinal = s.task limit 1
) t
cross join lateral (
  select a.exit_code, a.started_at, a.ended_at, a.cpu_sec, a.peak_memory_mib, a.message
  from attempt a
  where a.workflow_id = $1 and a.ordinal = s.ordinal and a.attempt = s.attempt
  limit 1
) a
order by s.ordinal

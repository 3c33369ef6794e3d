-- Attempts of a workflow behind one of them, in order, with what its file tells of each.
-- hot
-- params: 1 workflow id; 2 ordinal, 3 attempt of the last one; 4 rows
-- rows: ordinal, name, label, attempt, run no, outcome, reason, exit code, signal, site, worker, leased_at, started_at,
--   ended_at, settled_at, cpu sec, peak MiB, message, outputs (text)
-- locks: none
select
  a.ordinal, j.name, t.label, a.attempt, a.run_no, a.outcome, a.reason, a.exit_code, a.signal, s.site, s.worker,
  a.leased_at, a.started_at, a.ended_at, a.settled_at, a.cpu_sec, a.peak_memory_mib, a.message, a.outputs
from (
  select
    a.ordinal, a.attempt, a.run_no, a.outcome, a.reason, a.exit_code, a.signal, a.session_id, a.leased_at, a.started_at,
    a.ended_at, a.settled_at, a.cpu_sec, a.peak_memory_mib, a.message, a.outputs
  from attempt a
  where a.workflow_id = $1 and (a.ordinal, a.attempt) > ($2::int, $3::smallint)
  order by a.ordinal, a.attempt
  limit $4
) a
cross join lateral (
  select j.name, j.task from job j where j.workflow_id = $1 and j.ordinal = a.ordinal limit 1
) j
cross join lateral (
  select t.label from task t where t.workflow_id = $1 and t.ordinal = j.task limit 1
) t
left join lateral (select s.site, s.worker from session s where s.id = a.session_id limit 1) s on true
order by a.ordinal, a.attempt

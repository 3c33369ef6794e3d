-- What the last attempts of a run of jobs came to, in document order.
-- hot
-- params: 1 workflow id; 2 first ordinal; 3 ordinal after the last
-- rows: state, reason, attempt, exit_code, started_at, ended_at, cpu_sec, peak_memory_mib, site, worker
-- locks: none
with step as materialized (
  select s.ordinal, s.state, s.reason, s.attempt, s.lease_id
  from job_state s
  where s.workflow_id = $1 and s.ordinal >= $2 and s.ordinal < $3
)
select
  s.state, s.reason, s.attempt, a.exit_code, a.started_at, a.ended_at, a.cpu_sec, a.peak_memory_mib, w.site, w.worker
from step s
left join lateral (
  select a.exit_code, a.started_at, a.ended_at, a.cpu_sec, a.peak_memory_mib, a.session_id
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

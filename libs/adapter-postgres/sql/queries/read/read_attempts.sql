-- The attempts of a job, and the one that is with a worker now; the newest first.
-- hot
-- params: 1 workflow id; 2 ordinal; 3 rows; 4 only attempts before this one (or null)
-- rows: attempt, run no, outcome (null: with a worker now), reason, exit code, signal, site, worker, work dir, leased_at,
--   started_at, ended_at, settled_at, cpu sec, peak MiB, message, fingerprint, allowed MiB,
--   whether a failed one was charged to nobody, outputs (json text)
-- locks: none
select
  a.attempt, a.run_no, a.outcome, a.reason, a.exit_code, a.signal, w.site, w.worker, w.work_dir, a.leased_at,
  a.started_at, a.ended_at, a.settled_at, a.cpu_sec, a.peak_memory_mib, a.message, a.fingerprint,
  coalesce(a.allowed_mib, (t.template #>> '{resources,memoryMib}')::int), coalesce(a.uncharged, false), a.outputs
from (
  (
    select
      a.attempt, a.run_no, a.outcome, a.reason, a.exit_code, a.signal, a.session_id, a.leased_at, a.started_at,
      a.ended_at, a.settled_at, a.cpu_sec, a.peak_memory_mib, a.message, a.fingerprint, a.allowed_mib, a.uncharged,
      a.outputs
    from attempt a
    where a.workflow_id = $1 and a.ordinal = $2 and ($4::int is null or a.attempt < $4)
    order by a.attempt desc
    limit $3
  )
  union all
  select
    s.attempt, s.run_no, null, 0, null, null, l.session_id, l.granted_at, null, null, null, null, null, null, null,
    c.memory_mib, null, null
  from job_state s
  join lease l on l.id = s.lease_id
  join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
  join ready_class c on c.id = coalesce(s.class_id, t.class_id)
  where s.workflow_id = $1 and s.ordinal = $2 and s.state = 2 and ($4::int is null or s.attempt < $4)
) a
left join session w on w.id = a.session_id
join job_state j on j.workflow_id = $1 and j.ordinal = $2
join task t on t.workflow_id = $1 and t.ordinal = j.task
order by a.attempt desc
limit $3

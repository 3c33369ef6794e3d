-- One job with everything that says why it is where it is.
-- hot
-- params: 1 workflow id; 2 ordinal
-- rows: name, label, state, reason, attempt, parents_left, class id, workflow's state, cancel requested,
--   ms until due (of a held job), site and worker that hold or held it, ms since its lease, exit_code, message,
--   public id of the workflow, paused_at, fingerprint, paused_at of its label,
--   of the last attempt: reason, signal; budgets: retries used, of, infra retries used, of; retry rules (json or null),
--   paused_at of its own, seconds of its template's first back-off, who paused its workflow, its label, itself (null: not paused)
-- locks: none
select
  j.name, t.label, s.state, s.reason, s.attempt, s.parents_left, coalesce(s.class_id, t.class_id), w.state,
  exists (select 1 from workflow_control c where c.workflow_id = w.id and c.cancel_requested_at is not null),
  (select extract(epoch from h.due_at - now()) * 1000 from held h
   where h.workflow_id = s.workflow_id and h.ordinal = s.ordinal)::float8,
  o.site, o.worker, (extract(epoch from now() - l.granted_at) * 1000)::float8, a.exit_code, a.message, w.public_id,
  (select c.paused_at from workflow_control c where c.workflow_id = w.id), a.fingerprint,
  t.paused_at, a.reason, a.signal, s.tries_used, t.retries, s.infra_used, t.infra_retries,
  t.template #> '{retry,rules}',
  (select p.paused_at from paused_job p where p.workflow_id = s.workflow_id and p.ordinal = s.ordinal),
  coalesce((t.template #>> '{retry,backoffSec}')::float8, 0),
  (select max(p.paused_by) from pause_order p
   where p.workflow_id = w.id and p.until_at is null and p.task is null and p.ordinals is null),
  (select max(p.paused_by) from pause_order p where p.workflow_id = w.id and p.until_at is null and p.task = t.ordinal),
  (select max(p.paused_by) from pause_order p
   where p.workflow_id = w.id and p.until_at is null and s.ordinal = any (p.ordinals))
from job_state s
join job j on j.workflow_id = s.workflow_id and j.ordinal = s.ordinal
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
join workflow w on w.id = s.workflow_id
left join attempt a on a.workflow_id = s.workflow_id and a.ordinal = s.ordinal and a.attempt = s.attempt
left join lease l on l.id = s.lease_id and s.state = 2
left join session o on o.id = coalesce(l.session_id, a.session_id)
where s.workflow_id = $1 and s.ordinal = $2

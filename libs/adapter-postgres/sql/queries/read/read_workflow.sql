-- One workflow, its tasks, and the ready jobs of each class, in one snapshot. A held job counts as ready.
-- params: 1 workflow id
-- rows: public_id, name, state, submitted_at, ended_at, run_no, space, owner, cancel requested,
--   tasks: [[label, state, total, waiting, finished, failed, ready, held]], failures: [[label, reason, jobs]],
--   ready classes: [[label, class id, jobs]]
-- locks: none
with ready_of as materialized (
  select r.task, r.class_id, sum(r.jobs)::int as jobs
  from ready r
  where r.workflow_id = $1
  group by r.task, r.class_id
),
held_of as materialized (
  select h.task, count(*)::int as jobs
  from held h
  where h.workflow_id = $1
  group by h.task
)
select
  w.public_id, w.name, w.state, w.submitted_at, w.ended_at, w.run_no, w.space, w.owner_subject,
  exists (select 1 from workflow_control c where c.workflow_id = w.id and c.cancel_requested_at is not null),
  (select coalesce(json_agg(json_build_array(
     t.label, t.state, t.total, t.waiting, t.finished, t.failed,
     (select coalesce(sum(r.jobs), 0) from ready_of r where r.task = t.ordinal),
     (select coalesce(sum(h.jobs), 0) from held_of h where h.task = t.ordinal)
   ) order by t.ordinal), '[]') from task t where t.workflow_id = w.id),
  (select coalesce(json_agg(json_build_array(t.label, f.reason, f.jobs)), '[]')
   from task_failure f join task t on t.workflow_id = f.workflow_id and t.ordinal = f.task
   where f.workflow_id = w.id and f.jobs > 0),
  (select coalesce(json_agg(json_build_array(t.label, r.class_id, r.jobs) order by t.ordinal), '[]')
   from ready_of r join task t on t.workflow_id = w.id and t.ordinal = r.task)
from workflow w
where w.id = $1 and w.upload_state = 'sealed'

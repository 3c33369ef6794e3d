-- The row of some classes that has been ready for longest, as far as it is among the oldest of all.
-- hot
-- params: class ids, most rows looked at
-- rows: none or one: id, class_id, priority, workflow_id, task, jobs
-- locks: none
select r.id, r.class_id, r.priority, r.workflow_id, r.task, r.jobs
from (
  select o.id, o.class_id, o.priority, o.workflow_id, o.task, o.jobs from ready o where not o.paused order by o.id limit $2
) r
where r.class_id = any ($1::int[])
order by r.id
limit 1

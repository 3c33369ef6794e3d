-- Looks at the first ready rows of some classes, without taking them.
-- hot
-- params: class ids, most rows a class
-- rows: id, class_id, priority, workflow_id, task, jobs
-- locks: none
select r.id, r.class_id, r.priority, r.workflow_id, r.task, r.jobs
from unnest($1::int[]) as c(class_id)
cross join lateral (
  select p.id, p.class_id, p.priority, p.workflow_id, p.task, p.jobs
  from ready p
  where p.class_id = c.class_id and not p.paused
  order by p.priority desc, p.workflow_id, p.id
  limit $2
) r

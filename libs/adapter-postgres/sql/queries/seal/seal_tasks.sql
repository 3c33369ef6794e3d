-- Sets the counts of a workflow's tasks, and their order.
-- params: workflow id, total[], waiting[], first job[] by ordinal of the task
-- rows: ordinal, class id, priority
-- locks: task rows; the workflow is not visible to others yet
update task t
set total = c.total, waiting = c.waiting, first_job = c.first_job
from unnest($2::int[], $3::int[], $4::int[]) with ordinality as c(total, waiting, first_job, place)
where t.workflow_id = $1 and t.ordinal = c.place - 1
returning t.ordinal, t.class_id, t.priority

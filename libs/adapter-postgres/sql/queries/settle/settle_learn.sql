-- Gives tasks another class: for jobs that become ready from here on. Rows of ready keep the class that they were made with.
-- hot
-- params: 1 workflow_id[], 2 task[], 3 key of the class[]
-- rows: none
-- locks: task rows
update task t
set class_id = c.id
from unnest($1::bigint[], $2::int[], $3::text[]) as l(workflow_id, task, key)
join ready_class c on c.key = l.key
where t.workflow_id = l.workflow_id and t.ordinal = l.task

-- Counts the jobs of a workflow anew, task by task.
-- params: workflow_id
-- rows: none
-- locks: task rows
with counted as materialized (
  select
    s.task, count(*) filter (where s.state = 0)::int as waiting, count(*) filter (where s.state = 3)::int as finished,
    count(*) filter (where s.state = 4)::int as failed
  from job_state s
  where s.workflow_id = $1
  group by s.task
)
update task t
set
  waiting = c.waiting, finished = c.finished, failed = c.failed,
  state = case when c.finished + c.failed < t.total then 'running' else t.state end,
  ended_at = case when c.finished + c.failed < t.total then null else t.ended_at end
from counted c
where t.workflow_id = $1 and t.ordinal = c.task

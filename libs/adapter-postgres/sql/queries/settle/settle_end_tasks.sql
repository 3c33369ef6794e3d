-- Gives tasks without an open job their end state.
-- hot
-- params: workflow_id[], task[]
-- rows: workflow_id, label, state
-- locks: task rows
update task t
set
  ended_at = now(),
  state = case
    when t.failed = 0 then 'done'
    when exists (
      select 1 from task_failure f where f.workflow_id = t.workflow_id and f.task = t.ordinal and f.reason = 4
        and f.jobs > 0
    ) then 'cancelled'
    when t.finished = 0 then 'failed'
    else 'partial'
  end
from unnest($1::bigint[], $2::int[]) as e(workflow_id, task)
where t.workflow_id = e.workflow_id and t.ordinal = e.task and t.total = t.finished + t.failed
returning t.workflow_id, t.label, t.state

-- I28: a task without open jobs has the end state of its counts, any other runs.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select t.workflow_id, null::int, format('label %s is %s with %s finished and %s failed of %s jobs',
  to_json(t.label), t.state, t.finished, t.failed, t.total)
from task t
join workflow w on w.id = t.workflow_id and w.upload_state = 'sealed'
where t.workflow_id between $1::bigint and $2::bigint and t.total > 0 and t.state <> case
    when t.finished + t.failed < t.total then 'running'
    when t.failed = 0 then 'done'
    when exists (
      select from task_failure f
      where f.workflow_id = t.workflow_id and f.task = t.ordinal and f.reason = 4 and f.jobs > 0
    ) then 'cancelled'
    when t.finished = 0 then 'failed'
    else 'partial'
  end
limit $3

-- I28: failed jobs are counted by reason.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with counted as (
  select f.workflow_id, f.task, f.reason, f.jobs::bigint as jobs
  from task_failure f
  where f.workflow_id between $1::bigint and $2::bigint and f.jobs > 0
),
there as (
  select s.workflow_id, s.task, s.reason, count(*) as jobs
  from job_state s
  where s.workflow_id between $1 and $2 and s.state = 4
  group by s.workflow_id, s.task, s.reason
)
select w.id, null::int, format('task %s counts %s jobs that failed for reason %s; there are %s',
  coalesce(c.task, t.task), coalesce(c.jobs, 0), coalesce(c.reason, t.reason), coalesce(t.jobs, 0))
from counted c
full join there t on t.workflow_id = c.workflow_id and t.task = c.task and t.reason = c.reason
join workflow w on w.id = coalesce(c.workflow_id, t.workflow_id) and w.upload_state = 'sealed' and w.archived_at is null
where c.jobs is distinct from t.jobs
limit $3

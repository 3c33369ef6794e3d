-- Counts the failed jobs of a workflow anew, by task and reason.
-- params: workflow_id
-- rows: none
-- locks: task_failure rows
with counted as materialized (
  select s.task, s.reason, count(*)::int as jobs
  from job_state s
  where s.workflow_id = $1 and s.state = 4
  group by s.task, s.reason
),
gone as (
  update task_failure f set jobs = 0
  where f.workflow_id = $1
    and not exists (select 1 from counted c where c.task = f.task and c.reason = f.reason)
)
insert into task_failure (workflow_id, task, reason, jobs)
select $1, c.task, c.reason, c.jobs from counted c
on conflict (workflow_id, task, reason) do update set jobs = excluded.jobs

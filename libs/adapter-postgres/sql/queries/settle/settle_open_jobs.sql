-- How much of workflows is still open, for those where a task just ran out of open jobs.
-- hot
-- params: workflow_id[]
-- rows: workflow_id, open jobs, finished, failed, cancelled jobs, final ordinal, final when, state of the final job,
--   task of the final job, cancel was requested, fails fast, state of the workflow
-- locks: none; the caller holds the partition's lock
select
  w.id, sum(t.total - t.finished - t.failed)::int, sum(t.finished)::int, sum(t.failed)::int,
  coalesce((select sum(f.jobs)::int from task_failure f where f.workflow_id = w.id and f.reason = 4), 0),
  w.final_ordinal, w.final_when, f.state, f.task, c.cancel_requested_at is not null, w.fail_fast, w.state
from unnest($1::bigint[]) as i(id)
join workflow w on w.id = i.id
join task t on t.workflow_id = w.id
left join workflow_control c on c.workflow_id = w.id
left join job_state f on f.workflow_id = w.id and f.ordinal = w.final_ordinal
group by w.id, w.final_ordinal, w.final_when, f.state, f.task, c.cancel_requested_at, w.fail_fast, w.state

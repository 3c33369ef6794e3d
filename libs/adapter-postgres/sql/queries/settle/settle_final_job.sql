-- Releases the final job of a workflow, or ends it without running.
-- hot
-- params: workflow_id[], ordinal[], run it[]
-- rows: workflow_id, task, class_id (null when it is not to run)
-- locks: job_state rows of the final jobs
with released as (
  update job_state s
  set parents_left = 0, state = case when f.run then 1 else 4 end, reason = case when f.run then 0 else 5 end
  from unnest($1::bigint[], $2::int[], $3::bool[]) as f(workflow_id, ordinal, run)
  where s.workflow_id = f.workflow_id and s.ordinal = f.ordinal and s.state = 0
  returning s.workflow_id, s.ordinal, s.task, coalesce(s.class_id, (
    select t.class_id from task t where t.workflow_id = s.workflow_id and t.ordinal = s.task
  )) as class_id, f.run
),
queued as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals, paused)
  select r.class_id, t.priority, r.workflow_id, r.task, 1, array[r.ordinal],
    c.paused_at is not null or t.paused_at is not null
  from released r
  join task t on t.workflow_id = r.workflow_id and t.ordinal = r.task
  left join workflow_control c on c.workflow_id = r.workflow_id
  where r.run
)
select r.workflow_id, r.task, case when r.run then r.class_id end from released r

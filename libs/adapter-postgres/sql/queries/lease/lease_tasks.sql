-- What a lease says once for all jobs of a task.
-- hot
-- params: workflow_id[], task[]
-- rows: workflow_id, task, public id, workflow name, partition, label, template (json text), usual ms (null: unknown),
--   space, its output prefix (null: none)
-- locks: none
select
  t.workflow_id, t.ordinal, w.public_id, w.name, w.partition, t.label, t.template::text,
  case when t.run_count > 0 then t.run_ms_total::float8 / t.run_count end,
  w.space, s.output_prefix
from unnest($1::bigint[], $2::int[]) as i(workflow_id, task)
join task t on t.workflow_id = i.workflow_id and t.ordinal = i.task
join workflow w on w.id = t.workflow_id
left join space s on s.name = w.space

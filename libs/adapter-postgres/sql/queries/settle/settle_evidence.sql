-- What tasks have shown to need: their peaks by step, and what they ask for.
-- hot
-- params: workflow_id[], task[]
-- rows: workflow_id, task, resources (json text), class id, its key, its memory MiB, peaks as MiB:jobs (comma-separated)
-- locks: none
select
  t.workflow_id, t.ordinal, (t.template -> 'resources')::text, c.id, c.key, c.memory_mib,
  (
    select string_agg(m.peak_mib || ':' || m.jobs, ',')
    from task_memory m
    where m.workflow_id = t.workflow_id and m.task = t.ordinal
  )
from unnest($1::bigint[], $2::int[]) as i(workflow_id, task)
join task t on t.workflow_id = i.workflow_id and t.ordinal = i.task
join ready_class c on c.id = t.class_id

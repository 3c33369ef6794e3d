-- After retry_parents.sql: makes ready what waits for nothing.
-- params: workflow_id
-- rows: class_id (null for barriers), kind, ordinals (comma-separated; of barriers only)
-- locks: job_state rows
with woken as (
  update job_state s set state = 1
  where s.workflow_id = $1 and s.state = 0 and s.parents_left = 0 and s.kind <> 2
  returning s.ordinal, s.task, s.class_id, s.kind
),
free as materialized (
  select
    w.ordinal, w.task, coalesce(w.class_id, t.class_id) as class_id, t.priority, w.kind,
    (row_number() over (partition by w.task, w.class_id, w.kind order by w.ordinal) - 1) / 400 as slice
  from woken w
  join task t on t.workflow_id = $1 and t.ordinal = w.task
),
queued as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
  select f.class_id, f.priority, $1, f.task, count(*), array_agg(f.ordinal order by f.ordinal)
  from free f
  where f.kind = 0
  group by f.class_id, f.priority, f.task, f.slice
)
select f.class_id, f.kind, string_agg(case when f.kind = 1 then f.ordinal::text end, ',')
from free f
group by f.class_id, f.kind

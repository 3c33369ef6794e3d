-- Gives back what no pause holds any more, neither that of the workflow, nor of its label, nor its own: ready jobs may be
-- handed out again, back-offs lead to ready when they are over.
-- params: workflow_id
-- rows: classes that got ready jobs
-- locks: held and ready rows of the workflow; nobody else locks rows that are marked
with free as materialized (
  select t.ordinal as task
  from task t
  where t.workflow_id = $1 and t.paused_at is null
    and not exists (select 1 from workflow_control c where c.workflow_id = $1 and c.paused_at is not null)
),
given as (
  update held h set paused = false from free f where h.workflow_id = $1 and h.paused and h.task = f.task
    and not exists (select 1 from paused_job j where j.workflow_id = $1 and j.ordinal = h.ordinal)
),
queued as (
  update ready r set paused = false
  from free f
  where r.workflow_id = $1 and r.paused and r.task = f.task
    and not exists (select 1 from paused_job j where j.workflow_id = $1 and j.ordinal = r.ordinals[1])
  returning r.class_id
)
select distinct q.class_id from queued q

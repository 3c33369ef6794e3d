-- Takes the pause of labels back. resume_jobs.sql follows.
-- A label that the workflow does not have makes it change nothing.
-- params: 1 workflow id, 2 labels (null: all), 3 who ordered it
-- rows: state of the workflow, cancel requested, tasks that this call resumed (none: no such workflow), labels that it does
--   not have
-- locks: the workflow's row, then task rows, pause_order rows; the caller holds the partition's lock
with target as materialized (
  select w.id, w.state, c.cancel_requested_at is not null as cancelled
  from workflow w
  join workflow_control c on c.workflow_id = w.id
  where w.id = $1 and w.upload_state = 'sealed'
  for update of w
),
unknown as materialized (
  select a.label from unnest($2::text[]) as a(label)
  where not exists (select 1 from task t where t.workflow_id = $1 and t.label = a.label)
),
resumed as (
  update task t set paused_at = null
  from target g
  where t.workflow_id = g.id and ($2::text[] is null or t.label = any ($2)) and t.paused_at is not null
    and not exists (select 1 from unknown)
  returning t.ordinal
),
recorded as (
  update pause_order o set until_at = now(), resumed_by = $3
  from resumed r
  where o.workflow_id = $1 and o.until_at is null and o.task = r.ordinal
)
select
  g.state, g.cancelled, array(select r.ordinal from resumed r),
  array(select u.label from unknown u)
from target g

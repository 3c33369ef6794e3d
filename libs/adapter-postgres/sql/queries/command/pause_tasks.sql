-- Pauses labels of a workflow that has not ended. Of one that is to be cancelled they stay as they are. pause_held.sql and
-- pause_ready.sql follow.
-- A label that the workflow does not have makes it change nothing.
-- params: 1 workflow id, 2 labels, 3 who ordered it
-- rows: state of the workflow, cancel requested, tasks that this call paused (none: no such workflow), labels that it does not
--   have
-- locks: the workflow's row, then task rows, new pause_order rows; the caller holds the partition's lock
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
paused as (
  update task t set paused_at = now()
  from target g
  where t.workflow_id = g.id and g.state in ('running', 'paused') and not g.cancelled
    and t.label = any ($2::text[]) and t.state = 'running' and t.paused_at is null
    and not exists (select 1 from unknown)
  returning t.ordinal
),
recorded as (insert into pause_order (workflow_id, task, paused_by) select $1, p.ordinal, $3 from paused p)
select
  g.state, g.cancelled, array(select p.ordinal from paused p),
  array(select u.label from unknown u)
from target g

-- Takes back every pause of a workflow: its own, those of its labels and of its jobs. resume_jobs.sql follows.
-- params: 1 workflow id, 2 who ordered it
-- rows: state it had, cancel requested, whether this call resumed anything (none: no such workflow)
-- locks: the workflow's row, its control row, task rows, paused_job rows, pause_order rows; the caller holds the partition's lock
with target as materialized (
  select w.id, w.state, c.cancel_requested_at is not null as cancelled
  from workflow w
  join workflow_control c on c.workflow_id = w.id
  where w.id = $1 and w.upload_state = 'sealed'
  for update of w
),
resumed as (
  update workflow w set state = 'running' from target t where w.id = t.id and t.state = 'paused' returning w.id
),
tasks as (
  update task t set paused_at = null from target g where t.workflow_id = g.id and t.paused_at is not null returning t.ordinal
),
jobs as (
  delete from paused_job p using target g where p.workflow_id = g.id returning p.ordinal
),
noted as (
  update workflow_control c set paused_at = null, jobs_paused = false
  from target t
  where c.workflow_id = t.id and (c.paused_at is not null or c.jobs_paused)
),
recorded as (
  update pause_order o set until_at = now(), resumed_by = $2 from target t where o.workflow_id = t.id and o.until_at is null
)
select
  t.state, t.cancelled,
  exists (select 1 from resumed) or exists (select 1 from tasks) or exists (select 1 from jobs)
from target t

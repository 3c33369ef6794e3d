-- Takes a pause back. resume_jobs.sql follows.
-- params: 1 workflow id, 2 who ordered it
-- rows: state it had, cancel requested, whether this call resumed it (none: no such workflow)
-- locks: the workflow's row, then its control row, its pause_order row; the caller holds the partition's lock
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
noted as (update workflow_control c set paused_at = null from resumed r where c.workflow_id = r.id),
recorded as (
  update pause_order o set until_at = now(), resumed_by = $2
  from resumed r
  where o.workflow_id = r.id and o.until_at is null and o.task is null and o.ordinals is null
)
select t.state, t.cancelled, exists (select 1 from resumed) from target t

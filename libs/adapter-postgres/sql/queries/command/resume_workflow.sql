-- Takes a pause back. resume_jobs.sql follows.
-- params: 1 workflow id
-- rows: state it had, cancel requested, whether this call resumed it (none: no such workflow)
-- locks: the workflow's row, then its control row; the caller holds the partition's lock
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
noted as (update workflow_control c set paused_at = null from resumed r where c.workflow_id = r.id)
select t.state, t.cancelled, exists (select 1 from resumed) from target t

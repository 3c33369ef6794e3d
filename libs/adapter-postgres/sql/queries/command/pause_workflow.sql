-- Pauses a running workflow. One that is to be cancelled stays as it is. pause_held.sql and pause_ready.sql follow.
-- params: 1 workflow id, 2 who ordered it
-- rows: state it had, cancel requested, whether this call paused it (none: no such workflow)
-- locks: the workflow's row, then its control row, a new pause_order row; the caller holds the partition's lock
with target as materialized (
  select w.id, w.state, c.cancel_requested_at is not null as cancelled
  from workflow w
  join workflow_control c on c.workflow_id = w.id
  where w.id = $1 and w.upload_state = 'sealed'
  for update of w
),
paused as (
  update workflow w set state = 'paused'
  from target t
  where w.id = t.id and t.state = 'running' and not t.cancelled
  returning w.id
),
noted as (update workflow_control c set paused_at = now() from paused p where c.workflow_id = p.id),
recorded as (insert into pause_order (workflow_id, paused_by) select p.id, $2 from paused p)
select t.state, t.cancelled, exists (select 1 from paused) from target t

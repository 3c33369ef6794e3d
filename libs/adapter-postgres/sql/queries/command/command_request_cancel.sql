-- Asks for the end of a workflow that has not ended: what the hot path looks at, and an order to the partition's owner.
-- Asked again it changes nothing and orders nothing.
-- params: 1 workflow id; 2 cause, where nobody orders it (or null): 'timeout' asks for the end of one that is over its time
-- rows: state it had, cancel requested before, whether this call ordered it (none: no such workflow)
-- locks: the workflow's row, then its control row; the caller holds the partition's lock
with target as materialized (
  select w.id, w.state, w.partition, c.cancel_requested_at is not null as cancelled
  from workflow w
  join workflow_control c on c.workflow_id = w.id
  where w.id = $1 and w.upload_state = 'sealed' and ($2::text is null or w.deadline_at <= now())
  for update of w
),
asked as (
  insert into workflow_control (workflow_id, cancel_requested_at, cancel_cause)
  select t.id, now(), $2 from target t where t.state in ('running', 'paused')
  on conflict (workflow_id) do update
  set cancel_requested_at = excluded.cancel_requested_at, cancel_cause = excluded.cancel_cause
  where workflow_control.cancel_requested_at is null
  returning workflow_id
),
ordered as (
  insert into workflow_command (workflow_id, partition, kind)
  select t.id, t.partition, 'cancel' from target t join asked a on a.workflow_id = t.id
  returning id
)
select t.state, t.cancelled, exists (select 1 from ordered) from target t

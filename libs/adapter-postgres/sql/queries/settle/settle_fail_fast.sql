-- Orders the cancel of those workflows that fail fast: jobs of theirs just failed for good.
-- hot
-- params: workflow_id[], distinct
-- rows: workflow_id of those whose cancel this ordered
-- locks: workflow_control rows; the caller holds the partition's lock
with target as materialized (
  select w.id, w.partition
  from unnest($1::bigint[]) as i(id)
  join workflow w on w.id = i.id and w.fail_fast and w.state in ('running', 'paused')
),
asked as (
  insert into workflow_control (workflow_id, cancel_requested_at)
  select t.id, now() from target t
  on conflict (workflow_id) do update set cancel_requested_at = excluded.cancel_requested_at
  where workflow_control.cancel_requested_at is null
  returning workflow_id
),
ordered as (
  insert into workflow_command (workflow_id, partition, kind)
  select t.id, t.partition, 'cancel' from target t join asked a on a.workflow_id = t.id
)
select a.workflow_id from asked a

-- Notes open jobs of a workflow as paused by themselves. sort_held.sql and sort_ready.sql follow.
-- params: workflow_id, ordinals, who ordered it
-- rows: none
-- locks: the workflow's control row, new paused_job rows, a new pause_order row; the caller holds the partition's lock
with noted as (
  insert into paused_job (workflow_id, ordinal, paused_at)
  select $1, o.ordinal, now() from unnest($2::int[]) as o(ordinal)
  on conflict do nothing
),
recorded as (insert into pause_order (workflow_id, ordinals, paused_by) values ($1, $2, $3))
update workflow_control c set jobs_paused = true where c.workflow_id = $1 and not c.jobs_paused

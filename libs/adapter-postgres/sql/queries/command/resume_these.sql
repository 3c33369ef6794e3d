-- Forgets that jobs of a workflow are paused by themselves. sort_held.sql and sort_ready.sql follow.
-- params: workflow_id, ordinals
-- rows: none
-- locks: the workflow's control row, paused_job rows; the caller holds the partition's lock
with forgotten as (
  delete from paused_job p where p.workflow_id = $1 and p.ordinal = any ($2::int[]) returning p.ordinal
)
update workflow_control c set jobs_paused = false
where c.workflow_id = $1
  and (select count(*) from forgotten) = (select count(*) from paused_job p where p.workflow_id = $1)

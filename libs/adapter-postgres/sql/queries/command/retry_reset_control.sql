-- A retry takes back the cancel or the pauses that its workflow ended under.
-- params: workflow_id
-- rows: none
-- locks: workflow_control row, task rows, paused_job rows, pause_order rows
with tasks as (update task set paused_at = null where workflow_id = $1 and paused_at is not null),
jobs as (delete from paused_job where workflow_id = $1),
recorded as (update pause_order set until_at = now() where workflow_id = $1 and until_at is null)
update workflow_control set cancel_requested_at = null, cancel_cause = null, paused_at = null, jobs_paused = false where workflow_id = $1

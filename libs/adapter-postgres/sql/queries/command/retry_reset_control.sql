-- A retry takes back the cancel or the pause that its workflow ended under.
-- params: workflow_id
-- rows: none
-- locks: workflow_control row
update workflow_control set cancel_requested_at = null, paused_at = null where workflow_id = $1

-- A retry of a cancelled workflow takes the cancel back.
-- params: workflow_id
-- rows: none
-- locks: workflow_control row
update workflow_control set cancel_requested_at = null where workflow_id = $1

-- Locks a workflow for one that makes tasks or closes the upload.
-- params: workflow id
-- rows: upload state
-- locks: the workflow's row
select upload_state from workflow where id = $1 for no key update

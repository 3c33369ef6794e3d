-- Refuses an upload.
-- params: workflow id, refusal (json)
-- rows: none
-- locks: the workflow's row
update workflow set upload_state = 'refused', refusal = $2::jsonb where id = $1 and upload_state = 'sealing'

-- Ends the removal of an upload whose chunks are gone: its key and its id are free again.
-- params: workflow id
-- rows: none
-- locks: the workflow's row, those of its tasks
delete from workflow w
where w.id = $1 and w.upload_state = 'refused' and w.refusal is null
  and not exists (select from upload_chunk c where c.workflow_id = w.id)

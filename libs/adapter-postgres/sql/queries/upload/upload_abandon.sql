-- Begins the removal of an upload, unless it got a chunk meanwhile; the caller holds its row, so none can come any more.
-- params: workflow id, hours
-- rows: none
-- locks: the workflow's row, held by the caller
update workflow w set upload_state = 'refused'
where w.id = $1 and w.upload_state = 'uploading' and not exists (
  select from upload_chunk c where c.workflow_id = w.id and c.stored_at >= now() - $2::float8 * interval '1 hour'
)

-- Makes a sealed workflow visible. submitted_at is the moment users see.
-- params: workflow id, job count, edge count, final ordinal or null
-- rows: none
-- locks: the workflow's row, held by the caller
update workflow
set upload_state = 'sealed', state = 'running', submitted_at = now(), job_count = $2, edge_count = $3, final_ordinal = $4
where id = $1

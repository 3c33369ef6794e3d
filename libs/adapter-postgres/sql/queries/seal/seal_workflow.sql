-- Makes a sealed workflow visible. submitted_at is the moment users see; its time, if it has one, begins to run.
-- params: workflow id, job count, edge count, final ordinal or null
-- rows: none
-- locks: the workflow's row, held by the caller
update workflow w
set
  upload_state = 'sealed', state = 'running', submitted_at = now(), job_count = $2, edge_count = $3, final_ordinal = $4,
  deadline_at = now() + least((w.header #>> '{policy,timeoutSec}')::numeric, 3e9)::float8 * interval '1 second'
where w.id = $1

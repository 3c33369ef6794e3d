-- Takes an ended workflow, unless it is archived, out of its end state for its next run.
-- params: workflow_id
-- rows: new run no, if the workflow had ended
-- locks: workflow row
update workflow w
set state = 'running', run_no = w.run_no + 1, ended_at = null
where w.id = $1 and w.archived_at is null and w.state in ('done', 'partial', 'failed', 'cancelled')
returning w.run_no

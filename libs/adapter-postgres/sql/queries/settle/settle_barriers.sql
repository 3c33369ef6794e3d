-- Finishes barriers that became ready: they never reach a worker.
-- hot
-- params: workflow_id[], ordinal[]
-- rows: workflow_id, ordinal, task, run no
-- locks: job_state rows of the barriers
update job_state s
set state = 3
from unnest($1::bigint[], $2::int[]) as b(workflow_id, ordinal)
where s.workflow_id = b.workflow_id and s.ordinal = b.ordinal and s.state = 1 and s.kind = 1
returning s.workflow_id, s.ordinal, s.task, s.run_no

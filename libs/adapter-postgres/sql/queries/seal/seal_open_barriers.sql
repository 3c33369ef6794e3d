-- Barriers that may finish but did not: of a workflow that was just sealed, the roots among them.
-- params: workflow id
-- rows: ordinal, ascending
-- locks: none
select s.ordinal
from job_state s
where s.workflow_id = $1 and s.kind = 1 and s.state = 1
order by s.ordinal

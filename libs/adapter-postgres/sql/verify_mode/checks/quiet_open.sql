-- I1, at quiet: every job has ended.
select s.workflow_id, s.ordinal, format('is still in state %s, attempt %s', s.state, s.attempt) as wrong
from job_state s
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
where s.state not in (3, 4)

-- I7: no budget is overdrawn by more than the failure that ended the job.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select s.workflow_id, s.ordinal, format('used %s of %s tries, and %s of %s for faults that were not its own',
  s.tries_used, t.retries, s.infra_used, t.infra_retries)
from job_state s
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
where s.workflow_id between $1::bigint and $2::bigint and t.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4
  and (
    s.tries_used > t.retries + case when s.state = 4 then 1 else 0 end
    or s.infra_used > t.infra_retries + case when s.state = 4 then 1 else 0 end
  )
limit $5

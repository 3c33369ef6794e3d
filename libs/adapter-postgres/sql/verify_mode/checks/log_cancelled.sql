-- I22: after the cancel of a workflow nothing of that run was granted but its final job, if it runs always.
select l.workflow_id, l.ordinal, format('seq %s: attempt %s was granted after the cancel', l.seq, l.attempt) as wrong
from cancel_log c
join job_log l on l.workflow_id = c.workflow_id and l.seq > c.seq and l.run_no <= c.run_no
join workflow w on w.id = c.workflow_id
where l.from_state = 1 and l.to_state = 2
  and l.attempt > (
    select max(b.attempt) from job_log b where b.workflow_id = l.workflow_id and b.ordinal = l.ordinal and b.seq < l.seq
  )
  and (l.ordinal is distinct from w.final_ordinal or w.final_when <> 'always')

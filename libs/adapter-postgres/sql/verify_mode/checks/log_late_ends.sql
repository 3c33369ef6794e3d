-- I8: an attempt that ended a job was its newest then, and the record of it is under the lease that the job had.
select l.workflow_id, l.ordinal,
  format('seq %s: ended as attempt %s under lease %s', l.seq, l.attempt, l.lease_id) as wrong
from job_log l
where l.from_state = 2 and l.to_state in (3, 4)
  and (
    exists (
      select from job_log n
      where n.workflow_id = l.workflow_id and n.ordinal = l.ordinal and n.seq < l.seq and n.attempt > l.attempt
    )
    or not exists (
      select from attempt a
      where a.workflow_id = l.workflow_id and a.ordinal = l.ordinal and a.attempt = l.attempt
        and a.lease_id = l.lease_id and a.run_no = l.run_no and a.outcome = l.to_state and a.reason = l.reason
    )
  )

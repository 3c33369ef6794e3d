-- I8: how a job ended is how its last attempt ended, under the lease that it had.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select s.workflow_id, s.ordinal, format('is %s, its attempt %s %s',
  case s.state when 3 then 'finished' else 'failed' end || case when s.reason > 0 then ' for reason ' || s.reason else '' end,
  s.attempt, case when a.attempt is null then 'has no end' else format(
    'ended with outcome %s, reason %s, under lease %s, its lease is %s', a.outcome, a.reason, a.lease_id, s.lease_id
  ) end)
from job_state s
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
left join attempt a
  on a.workflow_id = s.workflow_id and a.ordinal = s.ordinal and a.attempt = s.attempt
  and a.workflow_id between $1::bigint and $2::bigint
where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4
  and case
    when s.state = 3 and s.kind <> 1 then a.outcome is distinct from 3 or a.lease_id is distinct from s.lease_id
    when s.state = 4 and s.reason not in (4, 5)
      then a.outcome is distinct from 4 or a.reason <> s.reason or a.lease_id is distinct from s.lease_id
    else false
  end
limit $5

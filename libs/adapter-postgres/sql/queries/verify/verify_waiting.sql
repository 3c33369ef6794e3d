-- I4: what is ready or leased waits for nothing, and what waits for nothing does not wait; but for what a cancel has yet to end:
-- it counts down and makes nothing ready.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select s.workflow_id, s.ordinal,
  format('is %s with parents_left %s', (array['waiting', 'ready', 'leased'])[s.state + 1], s.parents_left)
from job_state s
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
where s.workflow_id between $1::bigint and $2::bigint and s.ordinal >= $3 and s.ordinal < $4
  and (
    (s.state in (1, 2) and s.parents_left <> 0)
    or (s.state = 0 and s.parents_left = 0 and not exists (
      select from workflow_command o
      where o.workflow_id = s.workflow_id and o.partition = w.partition and o.kind = 'cancel' and o.done_at is null
    ))
  )
limit $5

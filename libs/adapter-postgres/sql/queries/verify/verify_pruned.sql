-- I5: below a job that failed for good, along success edges, nothing waits or runs, unless a prune or a cancel is ahead; and
-- nothing ran there since: it ended as parent_failed or cancelled.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select c.workflow_id, c.ordinal, format('is %s, below job %s, which failed', case
    when c.state < 3 then (array['waiting', 'ready', 'leased'])[c.state + 1]
    else 'ended by itself'
  end, p.ordinal)
from job_state p
join job_edge x on x.workflow_id = p.workflow_id and x.ordinal = p.ordinal
cross join lateral unnest(x.on_success) as u(child)
join job_state c on c.workflow_id = x.workflow_id and c.ordinal = u.child
join workflow w on w.id = p.workflow_id and w.upload_state = 'sealed'
where p.workflow_id between $1::bigint and $2::bigint and x.workflow_id between $1 and $2 and c.workflow_id between $1 and $2
  and p.state = 4 and u.child >= $3 and u.child < $4
  and case
    when c.state < 3 then not exists (
      select from workflow_command o
      where o.workflow_id = p.workflow_id and o.partition = w.partition and o.kind in ('prune', 'cancel')
        and o.done_at is null
    )
    else (c.state = 3 or c.reason not in (4, 5)) and c.run_no >= p.run_no
  end
limit $5

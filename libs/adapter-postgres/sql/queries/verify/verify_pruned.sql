-- I5: below a job that failed for good, along success edges, nothing waits or runs, unless a prune or a cancel is ahead; and
-- nothing ran there since: it ended as parent_failed or cancelled.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with failed as materialized (
  select p.workflow_id, p.ordinal, p.run_no
  from job_state p
  join workflow w on w.id = p.workflow_id and w.upload_state = 'sealed'
  where p.workflow_id between $1::bigint and $2::bigint and p.state = 4
),
edge as materialized (
  select x.workflow_id, f.ordinal as parent, f.run_no, unnest(x.on_success) as child
  from failed f
  join job_edge x on x.workflow_id = f.workflow_id and x.ordinal = f.ordinal
  where x.workflow_id between $1 and $2
),
below as materialized (select e.* from edge e where e.child >= $3 and e.child < $4)
select c.workflow_id, c.ordinal, format('is %s, below job %s, which failed', case
    when c.state < 3 then (array['waiting', 'ready', 'leased'])[c.state + 1]
    else 'ended by itself'
  end, b.parent)
from below b
join job_state c on c.workflow_id = b.workflow_id and c.ordinal = b.child
where c.workflow_id between $1 and $2 and c.ordinal >= $3 and c.ordinal < $4
  and case
    when c.state < 3 then not exists (
      select from workflow_command o
      where o.workflow_id = b.workflow_id and o.kind in ('prune', 'cancel') and o.done_at is null
    )
    else (c.state = 3 or c.reason not in (4, 5)) and c.run_no >= b.run_no
  end
limit $5

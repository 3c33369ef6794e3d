-- Failed jobs of a workflow below which something still waits that must be pruned.
-- params: workflow_id, most rows
-- rows: ordinal
-- locks: none
select distinct p.ordinal
from job_state p
join job_edge x on x.workflow_id = p.workflow_id and x.ordinal = p.ordinal
cross join lateral unnest(x.on_success) as c(child)
join job_state s on s.workflow_id = p.workflow_id and s.ordinal = c.child and s.state = 0
where p.workflow_id = $1 and p.state = 4
limit $2

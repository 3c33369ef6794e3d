-- Failed jobs of a workflow below which something still waits that must be pruned.
-- `offset 0` keeps edges and children looked up one by one: with statistics older than the workflow the planner would walk
-- all of its jobs for every parent.
-- params: workflow_id, most rows
-- rows: ordinal
-- locks: none
select distinct p.ordinal
from job_state p
cross join lateral (
  select e.on_success from job_edge e
  where e.workflow_id = p.workflow_id and e.ordinal = p.ordinal
  offset 0
) x
cross join lateral unnest(x.on_success) as c(child)
cross join lateral (
  select 1 from job_state i
  where i.workflow_id = p.workflow_id and i.ordinal = c.child and i.state = 0
  offset 0
) s
where p.workflow_id = $1 and p.state = 4
limit $2

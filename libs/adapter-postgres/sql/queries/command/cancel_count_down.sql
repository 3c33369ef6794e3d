-- Counts down the `on: ended` children of cancelled jobs. None becomes ready: the cancel ends them too.
-- params: workflow_id, ordinals
-- rows: none
-- locks: job_state rows of the children
with met as materialized (
  select c.child, count(*)::int as edges
  from unnest($2::int[]) as e(ordinal)
  join job_edge x on x.workflow_id = $1 and x.ordinal = e.ordinal
  cross join lateral unnest(x.on_ended) as c(child)
  group by c.child
)
update job_state s
set parents_left = s.parents_left - m.edges
from met m
where s.workflow_id = $1 and s.ordinal = m.child

-- Children of that ended job which has most.
-- params: per ended job: 1 workflow_id, 2 ordinal
-- rows: one: how many
-- locks: none
select coalesce(max(cardinality(x.on_success) + cardinality(x.on_ended)), 0)
from unnest($1::bigint[], $2::int[]) as e(workflow_id, ordinal)
join job_edge x on x.workflow_id = e.workflow_id and x.ordinal = e.ordinal

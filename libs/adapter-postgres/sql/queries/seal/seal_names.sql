-- Names of some jobs.
-- params: workflow id, ordinal[]
-- rows: ordinal, name
-- locks: none
select j.ordinal, j.name
from unnest($2::int[]) as o(ordinal)
join job j on j.workflow_id = $1 and j.ordinal = o.ordinal

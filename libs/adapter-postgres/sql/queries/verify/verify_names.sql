-- What people call jobs and workflows.
-- params: workflow numbers, ordinals (null: the workflow), pairwise
-- rows: position (from 1), public id, name of the job (null: none)
-- locks: none
select n.no, w.public_id, j.name
from unnest($1::bigint[], $2::int[]) with ordinality as n(workflow_id, ordinal, no)
join workflow w on w.id = n.workflow_id
left join job j on j.workflow_id = n.workflow_id and j.ordinal = n.ordinal
order by n.no

-- Gives chosen jobs of a workflow classes of their own, each by the class that it has.
-- params: 1 workflow_id, 2 ordinals, 3 class ids, 4 key of the class that replaces each
-- rows: none
-- locks: job_state rows; the caller has them already
update job_state s
set class_id = n.id
from unnest($2::int[]) as o(ordinal)
join job_state j on j.workflow_id = $1 and j.ordinal = o.ordinal
join task t on t.workflow_id = j.workflow_id and t.ordinal = j.task
join unnest($3::int[], $4::text[]) as m(class_id, key) on m.class_id = coalesce(j.class_id, t.class_id)
join ready_class n on n.key = m.key
where s.workflow_id = $1 and s.ordinal = o.ordinal

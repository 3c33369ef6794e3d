-- The classes that chosen jobs of a workflow have.
-- params: 1 workflow_id, 2 ordinals
-- rows: label, class id, its key, its memory MiB, jobs; in the order of the document
-- locks: none
select t.label, c.id, c.key, c.memory_mib, count(*)::int
from unnest($2::int[]) as o(ordinal)
join job_state s on s.workflow_id = $1 and s.ordinal = o.ordinal
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
join ready_class c on c.id = coalesce(s.class_id, t.class_id)
group by t.label, c.id, c.key, c.memory_mib
order by min(t.first_job), min(t.ordinal), c.memory_mib

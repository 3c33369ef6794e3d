-- The first job with this name; names need not be unique across labels.
-- params: 1 workflow id; 2 name; 3 label or null
-- rows: ordinal (at most 1)
-- locks: none
select j.ordinal
from job j
where j.workflow_id = $1 and j.name = $2
  and ($3::text is null or j.task in (select t.ordinal from task t where t.workflow_id = $1 and t.label = $3))
order by j.ordinal
limit 1

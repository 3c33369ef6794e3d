-- The jobs that people mean by these names: `name` or `label/name`. Names need not be unique.
-- params: 1 workflow id; 2 names
-- rows: position of the name (from 1), ordinal
-- locks: none
select n.no, j.ordinal
from unnest($2::text[]) with ordinality as n(named, no)
join job j on j.workflow_id = $1 and j.name = n.named
union
select n.no, j.ordinal
from unnest($2::text[]) with ordinality as n(named, no)
join (
  select j.ordinal, t.label || '/' || j.name as named
  from job j
  join task t on t.workflow_id = j.workflow_id and t.ordinal = j.task
  where j.workflow_id = $1
) j on j.named = n.named

-- Second step of a pause: nothing of the workflow, or of some of its tasks, is handed out from here on. A grant under way is waited for; one that
-- comes later finds the mark (lease_grant.sql).
-- params: workflow_id, tasks (null: all)
-- rows: none
-- locks: ready rows of the workflow by id, as a grant locks them
with running as materialized (
  select r.id from ready r where r.workflow_id = $1 and not r.paused and ($2::int[] is null or r.task = any ($2))
  order by r.id for update
)
update ready r set paused = true
from running o
where r.id = o.id

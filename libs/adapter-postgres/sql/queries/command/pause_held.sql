-- First step of a pause: no back-off of the workflow, or of some of its tasks, leads to ready any more. Before pause_ready.sql: a release of held
-- jobs under way is waited for, and what it made ready is seen there.
-- params: workflow_id, tasks (null: all)
-- rows: none
-- locks: held rows of the workflow by ordinal
with running as materialized (
  select h.ordinal from held h where h.workflow_id = $1 and not h.paused and ($2::int[] is null or h.task = any ($2))
  order by h.ordinal for update
)
update held h set paused = true
from running r
where h.workflow_id = $1 and h.ordinal = r.ordinal

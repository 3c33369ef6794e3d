-- Marks back-offs of jobs, or takes their marks away, as the pauses now say: of the workflow, of labels and of jobs. Before
-- sort_ready.sql: a release of held jobs under way is waited for, and what it made ready is seen there.
-- params: workflow_id, ordinals
-- rows: none
-- locks: held rows of the workflow by ordinal
with waiting as materialized (
  select h.ordinal from held h where h.workflow_id = $1 and h.ordinal = any ($2::int[]) order by h.ordinal for update
)
update held h
set paused = c.paused_at is not null or t.paused_at is not null or exists (
  select 1 from paused_job j where j.workflow_id = $1 and j.ordinal = h.ordinal
)
from waiting w, workflow_control c, task t
where h.workflow_id = $1 and h.ordinal = w.ordinal and c.workflow_id = $1 and t.workflow_id = $1 and t.ordinal = h.task

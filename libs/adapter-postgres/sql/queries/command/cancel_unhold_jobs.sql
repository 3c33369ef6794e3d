-- First step of a cancel of some jobs: none of their back-offs leads to ready any more. Before cancel_unqueue_jobs.sql: a
-- release of held jobs under way is waited for here, and what it made ready is seen there.
-- params: workflow_id, ordinals
-- rows: none
-- locks: held rows of the jobs by ordinal
with waiting as materialized (
  select h.ordinal from held h where h.workflow_id = $1 and h.ordinal = any ($2::int[]) order by h.ordinal for update
)
delete from held h using waiting w where h.workflow_id = $1 and h.ordinal = w.ordinal

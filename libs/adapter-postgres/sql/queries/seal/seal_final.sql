-- Writes the final job: it has no edge, and waits until nothing else is open.
-- params: workflow id, ordinal, task, name, spec or null
-- rows: none
-- locks: none
with described as (
  insert into job (workflow_id, ordinal, task, kind, name, spec) values ($1, $2, $3, 2, $4, $5)
)
insert into job_state (workflow_id, ordinal, task, parents_left, state, kind) values ($1, $2, $3, 1, 0, 2)

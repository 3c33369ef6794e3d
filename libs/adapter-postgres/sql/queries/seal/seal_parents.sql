-- Keeps what the document says about the parents and groups of one step's jobs. Replaces what an earlier try wrote.
-- params: workflow id, ordinal of the first job, jobs, edges, pack
-- rows: none
-- locks: the row; the workflow is not visible to others yet
insert into parent_pack (workflow_id, first_ordinal, jobs, edges, pack) values ($1, $2, $3, $4, $5)
on conflict (workflow_id, first_ordinal) do update
  set jobs = excluded.jobs, edges = excluded.edges, pack = excluded.pack

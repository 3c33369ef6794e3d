-- Deletes some jobs of a refused workflow: those of its first chunk, which goes with them.
-- params: workflow id
-- rows: the chunk's number, if there was one
-- locks: the rows
with chunk as (
  select chunk_no, first_ordinal, jobs from upload_chunk where workflow_id = $1 order by chunk_no limit 1
), gone_jobs as (
  delete from job j using chunk c
  where j.workflow_id = $1 and j.ordinal >= c.first_ordinal and j.ordinal < c.first_ordinal + c.jobs
), gone_states as (
  delete from job_state s using chunk c
  where s.workflow_id = $1 and s.ordinal >= c.first_ordinal and s.ordinal < c.first_ordinal + c.jobs
), gone_edges as (
  delete from job_edge e using chunk c
  where e.workflow_id = $1 and e.ordinal >= c.first_ordinal and e.ordinal < c.first_ordinal + c.jobs
)
delete from upload_chunk u using chunk c where u.workflow_id = $1 and u.chunk_no = c.chunk_no
returning u.chunk_no

-- Takes back the edges an earlier try of this step wrote.
-- params: workflow id, first ordinal, ordinal after the last
-- rows: none
-- locks: the rows; the workflow is not visible to others yet
delete from job_edge where workflow_id = $1 and ordinal >= $2 and ordinal < $3

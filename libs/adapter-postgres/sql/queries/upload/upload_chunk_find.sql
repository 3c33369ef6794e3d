-- A stored chunk, compared with one that came again.
-- params: workflow id, chunk number, first ordinal, sha256
-- rows: whether it is the same, jobs, edges
-- locks: none
select sha256 = $4 and first_ordinal = $3, jobs, edges from upload_chunk where workflow_id = $1 and chunk_no = $2

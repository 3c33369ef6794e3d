-- Chunks of an upload without their packs.
-- params: workflow id
-- rows: chunk number, first ordinal, jobs, edges, sha256; in order of chunk number
-- locks: none
select chunk_no, first_ordinal, jobs, edges, sha256 from upload_chunk where workflow_id = $1 order by chunk_no

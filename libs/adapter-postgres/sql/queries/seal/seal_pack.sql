-- The pack of one chunk.
-- params: workflow id, chunk number
-- rows: pack
-- locks: none
select pack from upload_chunk where workflow_id = $1 and chunk_no = $2

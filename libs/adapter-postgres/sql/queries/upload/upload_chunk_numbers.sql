-- Numbers of the chunks that are stored.
-- params: workflow id
-- rows: chunk number, ascending
-- locks: none
select chunk_no from upload_chunk where workflow_id = $1 order by chunk_no

-- The chunks that are stored.
-- params: workflow id
-- rows: chunk number, ascending, and SHA-256 of its bytes (hex)
-- locks: none
select chunk_no, encode(sha256, 'hex') from upload_chunk where workflow_id = $1 order by chunk_no

-- The pack of one chunk. As base64: the client decodes every field as text, and hex would be half as long again.
-- params: workflow id, chunk number
-- rows: bytes of the pack, pack (base64)
-- locks: none
select octet_length(pack), encode(pack, 'base64') from upload_chunk where workflow_id = $1 and chunk_no = $2

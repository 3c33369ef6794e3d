-- Takes a chunk number. Waits for another transaction that is storing the same one.
-- params: workflow id, chunk number, first ordinal, jobs, edges, sha256, pack
-- rows: one if the number was free
-- locks: the new row
insert into upload_chunk (workflow_id, chunk_no, first_ordinal, jobs, edges, sha256, pack)
values ($1, $2, $3, $4, $5, $6, $7)
on conflict (workflow_id, chunk_no) do nothing
returning chunk_no

-- Packs of a sealed workflow are of no more use.
-- params: workflow id
-- rows: none
-- locks: the rows
delete from upload_chunk where workflow_id = $1

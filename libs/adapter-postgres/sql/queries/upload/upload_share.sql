-- Holds an upload open while a chunk or a step is written: its state cannot change meanwhile, other chunks go on.
-- params: workflow id
-- rows: upload state
-- locks: the workflow's row, shared
select upload_state from workflow where id = $1 for share

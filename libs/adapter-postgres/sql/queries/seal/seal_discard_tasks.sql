-- Deletes the tasks of a refused workflow, once its jobs are gone.
-- params: workflow id
-- rows: none
-- locks: the rows
delete from task where workflow_id = $1

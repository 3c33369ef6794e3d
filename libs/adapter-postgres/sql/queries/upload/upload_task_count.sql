-- How many tasks a workflow has; their ordinals are 0 to one less.
-- params: workflow id
-- rows: count
-- locks: none
select count(*)::int from task where workflow_id = $1

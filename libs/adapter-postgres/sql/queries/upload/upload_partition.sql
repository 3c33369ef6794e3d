-- The partition of a workflow.
-- params: public id
-- rows: partition
-- locks: none
select partition from workflow where public_id = $1

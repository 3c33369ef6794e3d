-- Leaves work for the owner of the partition.
-- params: workflow_id, kind, args (json)
-- rows: command id, partition
-- locks: none
insert into workflow_command (workflow_id, partition, kind, args)
select w.id, w.partition, $2, $3::jsonb from workflow w where w.id = $1
returning id, partition

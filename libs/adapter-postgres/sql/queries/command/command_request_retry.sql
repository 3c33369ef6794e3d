-- Orders a retry from the owner of the workflow's partition.
-- params: 1 workflow id; 2 args: RetryRequest as JSON
-- rows: command id, partition (none: no such workflow)
-- locks: a new row
insert into workflow_command (workflow_id, partition, kind, args)
select w.id, w.partition, 'retry', $2::jsonb from workflow w where w.id = $1 and w.upload_state = 'sealed'
returning id, partition

-- Orders a retry from the owner of the workflow's partition. The same key again finds its order.
-- params: 1 workflow id; 2 args: RetryRequest as JSON; 3 key (or null)
-- rows: command id, partition, whether it was ordered so (none: no such workflow)
-- locks: a new row, or that of the order
insert into workflow_command (workflow_id, partition, kind, args, request_key)
select w.id, w.partition, 'retry', $2::jsonb, $3 from workflow w where w.id = $1 and w.upload_state = 'sealed'
on conflict (workflow_id, request_key) where request_key is not null do update set request_key = excluded.request_key
returning id, partition, args = $2::jsonb

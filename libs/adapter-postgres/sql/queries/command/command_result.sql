-- What became of an order.
-- params: 1 command id
-- rows: result (none: not done yet)
-- locks: none
select c.result from workflow_command c where c.id = $1 and c.done_at is not null

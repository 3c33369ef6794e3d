-- Ends a seal command, once.
-- params: command id
-- rows: none
-- locks: its row
update workflow_command set done_at = now() where id = $1 and done_at is null

-- Marks a command as done, once.
-- params: id, result (json)
-- rows: id if it was open
-- locks: its row
update workflow_command set done_at = now(), result = $2::jsonb where id = $1 and done_at is null returning id

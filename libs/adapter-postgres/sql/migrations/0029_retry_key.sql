-- compatible
-- The Idempotency-Key of a retry: the same order again, its answer having been lost, is the same command.
alter table workflow_command add column request_key text;
create unique index workflow_command_request_key on workflow_command (workflow_id, request_key)
  where request_key is not null;

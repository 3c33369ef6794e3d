-- Marks a letter as put back into its stream. It stays until it is handled: the stream may lose it.
-- params: id
-- rows: stream, partition, body, bytes
-- locks: its row
update dead_letter set requeued_at = now() where id = $1::bigint returning stream, partition, body, bytes

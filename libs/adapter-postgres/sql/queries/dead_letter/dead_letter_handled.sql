-- Forgets requeued letters that were handled, but for those that were set aside again.
-- params: ids
-- rows: none
-- locks: their rows
delete from dead_letter where id = any ($1::bigint[]) and requeued_at is not null

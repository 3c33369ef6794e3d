-- A letter that could not be put back is requeued no more.
-- params: id
-- rows: none
-- locks: its row
update dead_letter set requeued_at = null where id = $1::bigint

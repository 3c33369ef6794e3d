-- There was no room for a log: that is all that is kept of it.
-- params: workflow_id, ordinal, attempt
-- rows: none
-- locks: the row of attempt_log
update attempt_log set left_out = true, bytes = 0, stdout_bytes = 0, until_at = null
where workflow_id = $1::bigint and ordinal = $2::int and attempt = $3::smallint

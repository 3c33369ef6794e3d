-- The bytes of a log are there.
-- params: workflow_id, ordinal, attempt, checksum (hexadecimal)
-- rows: one, if it is kept from here on
-- locks: the row of attempt_log
update attempt_log set until_at = null
where workflow_id = $1::bigint and ordinal = $2::int and attempt = $3::smallint and sha256 = decode($4, 'hex')
  and not left_out
returning ordinal

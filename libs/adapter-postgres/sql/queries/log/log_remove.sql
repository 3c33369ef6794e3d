-- A log is kept no more, or nothing came of one that was on its way.
-- params: workflow_id, ordinal, attempt, whether only one that is still on its way
-- rows: at most one: space, bytes
-- locks: the row of attempt_log, before quota
delete from attempt_log
where workflow_id = $1::bigint and ordinal = $2::int and attempt = $3::smallint and (until_at is not null or not $4::boolean)
returning space, bytes::text

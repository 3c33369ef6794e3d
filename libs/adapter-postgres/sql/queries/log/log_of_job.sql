-- Full logs of a job's attempts that are there or were left out.
-- params: workflow_id, ordinal
-- rows: attempt, space, public id of the workflow, checksum, bytes, those of stdout, whether it was left out, when it came
-- locks: none
select a.attempt, a.space, w.public_id, encode(a.sha256, 'hex'), a.bytes::text, a.stdout_bytes::text, a.left_out, a.created_at
from attempt_log a
join workflow w on w.id = a.workflow_id
where a.workflow_id = $1::bigint and a.ordinal = $2::int and a.until_at is null
order by a.attempt

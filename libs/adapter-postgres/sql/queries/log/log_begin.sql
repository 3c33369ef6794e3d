-- Notes that the full log of an attempt is on its way, if the session holds that attempt now.
-- params: session_id, workflow_id, ordinal, attempt, checksum (hexadecimal), bytes, those of stdout, seconds for which that holds
-- rows: at most one: space, public id of the workflow, whether it is new; of one noted before whether it is the same log,
--   whether it is there, whether it was left out (null: none was seen)
-- locks: the new row of attempt_log, before quota
with held as (
  select w.id, w.space, w.public_id
  from job_state s
  join lease l on l.id = s.lease_id and l.session_id = $1::bigint
  join workflow w on w.id = s.workflow_id
  where s.workflow_id = $2::bigint and s.ordinal = $3::int and s.attempt = $4::smallint and s.state = 2
),
begun as (
  insert into attempt_log (workflow_id, ordinal, attempt, space, sha256, bytes, stdout_bytes, until_at)
  select h.id, $3::int, $4::smallint, h.space, decode($5, 'hex'), $6::bigint, $7::bigint, now() + $8::int * interval '1 second'
  from held h
  on conflict do nothing
  returning workflow_id
)
select
  h.space, h.public_id, exists (select from begun), a.sha256 = decode($5, 'hex'), a.until_at is null, a.left_out
from held h
left join attempt_log a on a.workflow_id = h.id and a.ordinal = $3::int and a.attempt = $4::smallint

-- The attempts that a session holds by our books, to compare with what its worker says.
-- hot
-- params: session ids
-- rows: session_id, lease id, token, workflow_id, ordinal, attempt, seconds since the grant, partition
-- locks: none
select l.session_id, l.id, l.token, j.workflow_id, j.ordinal, j.attempt,
  extract(epoch from now() - l.granted_at)::float8, w.partition
from unnest($1::bigint[]) as s(id)
join lease l on l.session_id = s.id and l.open > 0
cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
join job_state j
  on j.workflow_id = g.workflow_id and j.ordinal = g.ordinal and j.attempt = g.attempt and j.state = 2
  and j.lease_id = l.id
join workflow w on w.id = j.workflow_id

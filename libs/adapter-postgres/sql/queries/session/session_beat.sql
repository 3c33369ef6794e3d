-- Signs of life of many sessions at once; a suspect one is live again. A session that ended stays ended.
-- hot
-- params: session ids, draining[]
-- rows: id, state, attempts that its leases still hold
-- locks: session rows by id
with beat as materialized (
  select s.id, b.draining
  from unnest($1::bigint[], $2::bool[]) as b(id, draining)
  join session s on s.id = b.id
  where s.state in ('live', 'suspect', 'draining')
  order by s.id
  for update of s
)
update session s
set heartbeat_at = now(), state = case when b.draining then 'draining' else 'live' end
from beat b
where s.id = b.id
returning s.id, s.state, (select coalesce(sum(l.open), 0)::int from lease l where l.session_id = s.id and l.open > 0)

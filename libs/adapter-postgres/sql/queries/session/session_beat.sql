-- Signs of life of many sessions at once; a suspect one is live again. A session that ended stays ended.
-- hot
-- params: session ids, draining[]
-- rows: id, state, attempts that its leases still hold, what its worker was ordered to do (or null); of its site: state,
--   sandbox, suspect sec, cut-off stop sec (each null: the default)
-- locks: session rows by id
with beat as materialized (
  select s.id, s.site, b.draining
  from unnest($1::bigint[], $2::bool[]) as b(id, draining)
  join session s on s.id = b.id
  where s.state in ('live', 'suspect', 'draining')
  order by s.id
  for update of s
)
update session s
set heartbeat_at = now(), state = case when b.draining or s.ordered is not null then 'draining' else 'live' end
from beat b
left join site h on h.name = b.site
where s.id = b.id
returning
  s.id, s.state, (select coalesce(sum(l.open), 0)::int from lease l where l.session_id = s.id and l.open > 0),
  s.ordered, coalesce(h.state, 'open'), coalesce(h.sandbox, 'auto'), h.suspect_sec, h.cut_off_stop_sec

-- Ends sessions as lost that are silent over their second term still: one that was heard meanwhile is kept. Of several
-- brokers one gets each session.
-- params: session ids, orphan sec where the site has none
-- rows: id
-- locks: session rows by id
with gone as materialized (
  select s.id
  from session s
  left join site h on h.name = s.site
  where s.id = any ($1::bigint[]) and s.state in ('live', 'suspect', 'draining')
    and s.heartbeat_at < now() - coalesce(h.orphan_sec, $2::float8) * interval '1 second'
  order by s.id
  for update of s
)
update session s
set state = 'lost', ended_at = now()
from gone g
where s.id = g.id
returning s.id

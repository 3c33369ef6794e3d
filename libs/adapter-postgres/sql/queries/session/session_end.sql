-- Ends sessions: a clean exit, or a process known to be dead.
-- params: session ids, state they get ('ended' or 'lost')
-- rows: id
-- locks: session rows by id
with gone as materialized (
  select s.id from session s
  where s.id = any ($1::bigint[]) and s.state in ('live', 'suspect', 'draining')
  order by s.id
  for update
)
update session s
set state = $2, ended_at = now()
from gone g
where s.id = g.id
returning s.id

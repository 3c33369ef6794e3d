-- Tells a worker to end. Who was told to stop is not told to drain any more.
-- params: 1 session, 2 order, 3 note, 4 by
-- rows: session, if that is news to it
-- locks: the session row
update session s
set ordered = $2, note = $3, ordered_by = $4, ordered_at = now()
where s.id = $1::bigint
  and s.state in ('live', 'suspect', 'draining')
  and s.ordered is distinct from $2
  and s.ordered is distinct from 'stop'
returning s.id

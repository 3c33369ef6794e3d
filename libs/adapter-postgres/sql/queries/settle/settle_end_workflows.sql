-- Ends workflows.
-- hot
-- params: workflow_id[], state[]
-- rows: workflow_id
-- locks: workflow rows (of this partition only)
update workflow w
set state = e.state, ended_at = now()
from unnest($1::bigint[], $2::text[]) as e(id, state)
where w.id = e.id and w.state in ('running', 'paused')
returning w.id

-- The jobs of leases that were granted before, for requests whose answer was lost: as they were granted.
-- hot
-- params: session_id[], request id[]
-- rows: position (from 1), lease id, token, workflow_id, task, ordinal, attempt, name, spec, class id
-- locks: none
select r.no, l.id, l.token, j.workflow_id, j.task, j.ordinal, g.attempt, j.name, j.spec,
  coalesce(s.class_id, t.class_id)
from unnest($1::bigint[], $2::text[]) with ordinality as r(session_id, request_id, no)
join lease l on l.session_id = r.session_id and l.request_id = r.request_id
cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
join job j on j.workflow_id = g.workflow_id and j.ordinal = g.ordinal
join job_state s on s.workflow_id = g.workflow_id and s.ordinal = g.ordinal
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task

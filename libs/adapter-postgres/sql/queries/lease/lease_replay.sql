-- The jobs of leases that were granted before, for requests whose answer was lost: as they were granted.
-- `offset 0` keeps jobs looked up one by one: with statistics older than the workflow the planner would walk all of its
-- jobs for each.
-- hot
-- params: session_id[], request id[]
-- rows: position (from 1), lease id, token, workflow_id, task, ordinal, attempt, name, spec, class id
-- locks: none
select r.no, l.id, l.token, g.workflow_id, s.task, g.ordinal, g.attempt, j.name, j.spec,
  coalesce(s.class_id, t.class_id)
from unnest($1::bigint[], $2::text[]) with ordinality as r(session_id, request_id, no)
join lease l on l.session_id = r.session_id and l.request_id = r.request_id
cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
cross join lateral (
  select i.name, i.spec from job i where i.workflow_id = g.workflow_id and i.ordinal = g.ordinal
  offset 0
) j
cross join lateral (
  select i.task, i.class_id from job_state i where i.workflow_id = g.workflow_id and i.ordinal = g.ordinal
  offset 0
) s
cross join lateral (
  select i.class_id from task i where i.workflow_id = g.workflow_id and i.ordinal = s.task
  offset 0
) t

-- Counts what runs under a limit, or would if there were one.
-- `offset 0` keeps jobs looked up one by one, those of open leases only: the planner would walk all jobs there are.
-- params: kind, name
-- rows: jobs, millicores
-- locks: none
select count(*)::float8, coalesce(sum(greatest(1, round(c.cores * 1000))), 0)::float8
from lease l
join session s on s.id = l.session_id
cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
cross join lateral (
  select coalesce(i.class_id, t.class_id) as class_id
  from job_state i
  join task t on t.workflow_id = i.workflow_id and t.ordinal = i.task
  where i.workflow_id = g.workflow_id and i.ordinal = g.ordinal and i.attempt = g.attempt and i.state = 2
    and i.lease_id = l.id
  offset 0
) j
join ready_class c on c.id = j.class_id
where l.open > 0
  and case $1::text
    when 'site' then s.site = $2::text
    when 'space' then c.space = $2
    when 'user' then c.owner = $2
    when 'workflow' then c.workflow = $2
    else $2 = any (c.limits)
  end

-- I19: what is counted under a limit is what runs under it.
-- `offset 0` keeps jobs looked up one by one, those of open leases only: the planner would walk all jobs there are.
-- params: most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with running as materialized (
  select o.site, g.workflow_id, s.task, s.class_id, count(*) as jobs
  from lease l
  join session o on o.id = l.session_id
  cross join lateral unnest(l.workflow_ids, l.ordinals) as g(workflow_id, ordinal)
  cross join lateral (
    select i.task, i.class_id
    from job_state i
    where i.workflow_id = g.workflow_id and i.ordinal = g.ordinal and i.lease_id = l.id and i.state = 2
    offset 0
  ) s
  where l.open > 0 and exists (select from limit_use)
  group by o.site, g.workflow_id, s.task, s.class_id
),
-- What runs alike, in one row: each limit is held to all of them.
alike as materialized (
  select r.site, w.space, c.owner, c.workflow, t.template -> 'limits' as names, sum(r.jobs) as jobs,
    sum(r.jobs * greatest(1, round(c.cores * 1000))) as millicores
  from running r
  join task t on t.workflow_id = r.workflow_id and t.ordinal = r.task
  join workflow w on w.id = r.workflow_id
  join ready_class c on c.id = coalesce(r.class_id, t.class_id)
  group by r.site, w.space, c.owner, c.workflow, t.template -> 'limits'
)
select null::bigint, null::int, format('limit %s:%s counts %s jobs and %s millicores; %s and %s run under it',
  u.kind, to_json(u.name), u.granted_jobs - e.jobs, u.granted_millicores - e.millicores, r.jobs, r.millicores)
from limit_use u
cross join lateral (
  select coalesce(sum(x.jobs), 0) as jobs, coalesce(sum(x.millicores), 0) as millicores
  from limit_ended x
  where x.limit_id = u.id
) e
cross join lateral (
  select coalesce(sum(n.jobs), 0) as jobs, coalesce(sum(n.millicores), 0) as millicores
  from alike n
  where case u.kind
    when 'site' then u.name = n.site
    when 'space' then u.name = n.space
    when 'user' then u.name = n.owner
    when 'workflow' then u.name = n.workflow
    else jsonb_exists(n.names, u.name)
  end
) r
where u.counting is null and (u.granted_jobs - e.jobs <> r.jobs or u.granted_millicores - e.millicores <> r.millicores)
limit $1

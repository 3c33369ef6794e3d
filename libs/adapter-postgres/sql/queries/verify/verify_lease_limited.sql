-- I19: a lease under which limited jobs run says so.
-- `offset 0` keeps jobs looked up one by one: the planner would walk all jobs there are.
-- params: most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select null::bigint, null::int, format('lease %s says that none of its jobs is limited', l.id)
from lease l
join session o on o.id = l.session_id
where l.open > 0 and not l.limited and l.id > (select c.lease_id from limit_change c) and exists (select from limit_use)
  and exists (
    select
    from unnest(l.workflow_ids, l.ordinals) as g(workflow_id, ordinal)
    cross join lateral (
      select coalesce(i.class_id, t.class_id) as class_id
      from job_state i
      join task t on t.workflow_id = i.workflow_id and t.ordinal = i.task
      where i.workflow_id = g.workflow_id and i.ordinal = g.ordinal and i.lease_id = l.id and i.state = 2
      offset 0
    ) s
    cross join lateral limits_on(s.class_id, o.site)
  )
limit $1

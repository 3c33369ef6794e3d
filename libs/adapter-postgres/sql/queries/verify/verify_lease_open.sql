-- I7: lease.open is the number of attempts that run under it.
-- `offset 0` keeps jobs looked up one by one: the planner would walk all jobs there are.
-- params: most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select null::bigint, null::int, format('lease %s has %s open attempts, %s jobs run under it', l.id, l.open, r.jobs)
from lease l
cross join lateral (
  select count(j.state) as jobs
  from unnest(l.workflow_ids, l.ordinals) as g(workflow_id, ordinal)
  cross join lateral (
    select s.state from job_state s
    where s.workflow_id = g.workflow_id and s.ordinal = g.ordinal and s.lease_id = l.id and s.state = 2
    offset 0
  ) j
) r
where l.open <> 0 and l.open <> r.jobs
limit $1

-- When workers may have room again: by the usual run time of what each of these sites' workers was given first.
-- params: 1 sites; 2 most leases
-- rows: one: seconds (null: nobody knows)
-- locks: none
select min(greatest(0, t.run_ms_total::float8 / t.run_count / 1000 - extract(epoch from now() - l.granted_at)::float8))
from (
  select l.id, l.granted_at, l.workflow_ids, l.ordinals
  from session s
  join lease l on l.session_id = s.id and l.open > 0
  where s.state = 'live' and s.site = any($1::text[])
  order by l.id
  limit $2
) l
cross join lateral (
  select j.workflow_id, j.task
  from unnest(l.workflow_ids, l.ordinals) as g(workflow_id, ordinal)
  join job_state j on j.workflow_id = g.workflow_id and j.ordinal = g.ordinal and j.lease_id = l.id and j.state = 2
  limit 1
) g
join task t on t.workflow_id = g.workflow_id and t.ordinal = g.task and t.run_count > 0

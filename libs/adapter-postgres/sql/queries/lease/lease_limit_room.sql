-- How much more may run under some limits; below zero where a cap was lowered.
-- hot
-- params: limit ids
-- rows: id, jobs (null: no cap), millicores (null: no cap)
-- locks: none
select
  u.id, (u.cap_jobs - u.granted_jobs + e.jobs)::float8, (u.cap_millicores - u.granted_millicores + e.millicores)::float8
from unnest($1::int[]) as i(limit_id)
join limit_use u on u.id = i.limit_id
cross join lateral (
  select coalesce(sum(x.jobs), 0) as jobs, coalesce(sum(x.millicores), 0) as millicores from limit_ended x where x.limit_id = i.limit_id
) e

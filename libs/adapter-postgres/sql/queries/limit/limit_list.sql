-- Limits in force, with what runs under them.
-- params: 1 kinds, 2 names, pairwise (null: all limits); 3 visible spaces (null: all); 4 subject whose own limit is meant
--   where not all spaces are visible
-- rows: kind, name, cap of jobs, cap of millicores (null: no cap), jobs that run, millicores
-- locks: none
select
  u.kind, u.name, u.cap_jobs, u.cap_millicores::float8, (u.granted_jobs - e.jobs)::float8,
  (u.granted_millicores - e.millicores)::float8
from limit_use u
cross join lateral (
  select coalesce(sum(x.jobs), 0) as jobs, coalesce(sum(x.millicores), 0) as millicores from limit_ended x where x.limit_id = u.id
) e
where u.counting is null and ($1::text[] is null or (u.kind, u.name) in (select * from unnest($1, $2::text[])))
  and (
    $3::text[] is null or u.kind in ('named', 'site')
    or (u.kind = 'space' and u.name = any ($3)) or (u.kind = 'user' and u.name = $4::text)
  )
order by array_position(array['named', 'site', 'space', 'user'], u.kind), u.name

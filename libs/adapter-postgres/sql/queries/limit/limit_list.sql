-- Limits in force, with what runs under them.
-- A name may be longer than a cursor: those that begin with the same 500 characters are in the order of their ids.
-- params: 1 kinds, 2 names, pairwise (null: all limits); 3 visible spaces (null: all); 4 subject whose own limit is meant
--   where not all spaces are visible; only those behind (or null): 5 kind, 6 the beginning of its name, 7 id; 8 most rows
--   (null: all)
-- rows: kind, name, cap of jobs, cap of millicores (null: no cap), jobs that run, millicores, id
-- locks: none
select
  u.kind, u.name, u.cap_jobs, u.cap_millicores::float8, (u.granted_jobs - e.jobs)::float8,
  (u.granted_millicores - e.millicores)::float8, u.id
from limit_use u
cross join lateral (
  select coalesce(sum(x.jobs), 0) as jobs, coalesce(sum(x.millicores), 0) as millicores from limit_ended x where x.limit_id = u.id
) e
where u.counting is null and ($1::text[] is null or (u.kind, u.name) in (select * from unnest($1, $2::text[])))
  and (
    $3::text[] is null or u.kind in ('named', 'site')
    or (u.kind = 'space' and u.name = any ($3)) or (u.kind = 'user' and u.name = $4::text)
    or (u.kind = 'workflow' and exists (select from workflow w where w.public_id = u.name and w.space = any ($3)))
  )
  and (
    $5::text is null
    or (array_position(array['named', 'site', 'space', 'user', 'workflow'], u.kind), left(u.name, 500), u.id)
      > (array_position(array['named', 'site', 'space', 'user', 'workflow'], $5), $6::text, $7::int)
  )
  -- Of ended workflows none is told in the list of all.
  and (
    $1 is not null or u.kind <> 'workflow'
    or exists (select from workflow w where w.public_id = u.name and w.ended_at is null)
  )
order by array_position(array['named', 'site', 'space', 'user', 'workflow'], u.kind), left(u.name, 500), u.id
limit $8::int

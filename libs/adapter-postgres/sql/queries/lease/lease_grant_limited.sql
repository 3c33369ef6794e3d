-- As lease_grant.sql where limits count jobs: what would pass a cap, with what runs when the limits' rows are locked, is
-- not granted, nor is anything else of the call: look at the limits again. What ended meanwhile may still be counted as running,
-- never the other way round. Charged is what is leased.
-- Not one statement with lease_grant.sql: that runs for each hop of a chain, is planned once for all values, and would go through
-- the steps that plan, lock and count limits for work that no limit counts (docs/adr/0014, D5).
-- hot
-- params: per worker: 1 session_id, 2 request id, 3 token;
--   per slice, by row: 4 position of its worker (from 1), 5 first, 6 last (positions in the row's ordinals, from 1);
--   per row: 7 ready id, 8 jobs it had, 9 jobs taken from its front, 10 position of its first slice
--   (from 1), 11 of its last
-- rows: position of the worker, lease id, workflow_id, task, ordinal, attempt, name, spec, class id
-- locks: session and site rows read; limit_use rows by id; ready rows by id; job_state rows; new lease rows by session
with worker as materialized (
  select
    array_agg(nextval('lease_id_seq') order by w.no) as lease_ids, array_agg(s.site order by w.no) as sites,
    bool_and(s.id is not null and coalesce(h.state, 'open') = 'open') as alive
  from unnest($1::bigint[]) with ordinality as w(session_id, no)
  -- `offset 0` keeps sessions looked up one by one: the planner would compare all that live with each worker.
  left join lateral (
    select i.id, i.site, i.state, i.ordered from session i where i.id = w.session_id offset 0
  ) s on s.state = 'live' and s.ordered is null
  left join site h on h.name = s.site
),
planned as materialized (
  select c.limit_id, sum(g.jobs) as jobs, sum(g.jobs * c.millicores) as millicores
  from (
    select r.class_id, w.sites[s.worker_no] as site, sum(s.last - s.first + 1) as jobs
    from worker w, unnest($7::bigint[], $10::int[], $11::int[]) as t(ready_id, first_slice, last_slice)
    join ready r on r.id = t.ready_id
    cross join lateral unnest(
      ($4::int[])[t.first_slice:t.last_slice], ($5::int[])[t.first_slice:t.last_slice],
      ($6::int[])[t.first_slice:t.last_slice]
    ) as s(worker_no, first, last)
    group by 1, 2
  ) g
  cross join lateral limits_on(g.class_id, g.site) c
  group by c.limit_id
),
locked as materialized (
  select
    u.id,
    coalesce(u.granted_jobs - e.jobs + p.jobs <= u.cap_jobs, true) and
    coalesce(u.granted_millicores - e.millicores + p.millicores <= u.cap_millicores, true) as fits
  from planned p
  join limit_use u on u.id = p.limit_id
  cross join lateral (
    select coalesce(sum(x.jobs), 0) as jobs, coalesce(sum(x.millicores), 0) as millicores from limit_ended x where x.limit_id = p.limit_id
  ) e
  order by u.id
  for update of u
),
taken as materialized (
  select r.id, r.class_id, r.workflow_id, r.task, r.jobs, r.ordinals, t.taken, t.first_slice, t.last_slice
  from unnest($7::bigint[], $8::int[], $9::int[], $10::int[], $11::int[])
    as t(ready_id, jobs, taken, first_slice, last_slice)
  join ready r on r.id = t.ready_id and r.jobs = t.jobs and not r.paused
  where (select w.alive from worker w) and (select coalesce(bool_and(l.fits), true) from locked l)
  order by r.id
  for update of r
),
emptied as (delete from ready r using taken t where r.id = t.id and t.taken = t.jobs),
cut as (
  update ready r set ordinals = t.ordinals[t.taken + 1:], jobs = t.jobs - t.taken
  from taken t
  where r.id = t.id and t.taken < t.jobs
),
asked as materialized (
  select s.worker_no, t.class_id, t.workflow_id, o.ordinal
  from taken t
  cross join lateral unnest(
    ($4::int[])[t.first_slice:t.last_slice], ($5::int[])[t.first_slice:t.last_slice],
    ($6::int[])[t.first_slice:t.last_slice]
  ) as s(worker_no, first, last)
  cross join lateral unnest(t.ordinals[s.first:s.last]) as o(ordinal)
),
leased as (
  update job_state j
  set state = 2, attempt = j.attempt + 1, lease_id = w.lease_ids[a.worker_no]
  from asked a, worker w
  where j.workflow_id = a.workflow_id and j.ordinal = a.ordinal and j.state = 1
  returning a.worker_no, a.class_id, w.sites[a.worker_no] as site, j.lease_id, j.workflow_id, j.task, j.ordinal, j.attempt
),
charged as materialized (
  select l.class_id, l.site, count(*) as jobs from leased l group by l.class_id, l.site
),
counted as (
  update limit_use u
  set granted_jobs = u.granted_jobs + n.jobs, granted_millicores = u.granted_millicores + n.millicores
  from (
    select c.limit_id, sum(g.jobs) as jobs, sum(g.jobs * c.millicores) as millicores
    from charged g
    cross join lateral limits_on(g.class_id, g.site) c
    group by c.limit_id
  ) n
  where u.id = n.limit_id
),
granted as (
  insert into lease (id, session_id, request_id, token, limited, open, workflow_ids, ordinals, attempts)
  select
    l.lease_id, ($1::bigint[])[l.worker_no], ($2::text[])[l.worker_no], ($3::text[])[l.worker_no], true, count(*),
    array_agg(l.workflow_id), array_agg(l.ordinal), array_agg(l.attempt)
  from leased l
  group by l.lease_id, l.worker_no
  order by ($1::bigint[])[l.worker_no] -- another broker may grant to the same requests
)
select l.worker_no, l.lease_id, l.workflow_id, l.task, l.ordinal, l.attempt, j.name, j.spec, l.class_id
from leased l
join job j on j.workflow_id = l.workflow_id and j.ordinal = l.ordinal

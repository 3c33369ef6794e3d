-- Grants leases to many waiting workers at once. A slice whose row changed since it was looked at, or was paused, is
-- dropped; a job that is not ready any more is left out. If one of the sessions is not alive, was ordered to end, or its
-- site is not open, nothing is granted to any: ask again without.
-- Nor when the limits are others than the caller knows: none of its jobs may be charged to any. `limit set` locks the
-- lease table, and that lock is taken before the snapshot, so that no grant is made by limits of before.
-- hot
-- params: per worker: 1 session_id, 2 request id, 3 token;
--   per slice, by row: 4 position of its worker (from 1), 5 first, 6 last (positions in the row's ordinals, from 1);
--   per row: 7 ready id, 8 jobs it had, 9 jobs taken from its front, 10 position of its first slice
--   (from 1), 11 of its last;
--   12 change of limits that the caller knows
-- rows: position of the worker, lease id, workflow_id, task, ordinal, attempt, name, spec, class id
-- locks: session and site rows read; ready rows by id; job_state rows; new lease rows by session
with worker as materialized (
  select
    array_agg(nextval('lease_id_seq') order by w.no) as lease_ids,
    bool_and(s.id is not null and coalesce(h.state, 'open') = 'open')
      and (select c.no from limit_change c) = $12::bigint as alive
  from unnest($1::bigint[]) with ordinality as w(session_id, no)
  -- `offset 0` keeps sessions looked up one by one: the planner would compare all that live with each worker.
  left join lateral (
    select i.id, i.site, i.state, i.ordered from session i where i.id = w.session_id offset 0
  ) s on s.state = 'live' and s.ordered is null
  left join site h on h.name = s.site
),
taken as materialized (
  select r.id, r.workflow_id, r.task, r.class_id, r.jobs, r.ordinals, t.taken, t.first_slice, t.last_slice
  from unnest($7::bigint[], $8::int[], $9::int[], $10::int[], $11::int[])
    as t(ready_id, jobs, taken, first_slice, last_slice)
  join ready r on r.id = t.ready_id and r.jobs = t.jobs and not r.paused
  where (select w.alive from worker w)
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
  select s.worker_no, t.workflow_id, t.class_id, o.ordinal
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
  returning a.worker_no, j.lease_id, j.workflow_id, j.task, j.ordinal, j.attempt, a.class_id
),
granted as (
  insert into lease (id, session_id, request_id, token, open, workflow_ids, ordinals, attempts)
  select
    l.lease_id, ($1::bigint[])[l.worker_no], ($2::text[])[l.worker_no], ($3::text[])[l.worker_no], count(*),
    array_agg(l.workflow_id), array_agg(l.ordinal), array_agg(l.attempt)
  from leased l
  group by l.lease_id, l.worker_no
  order by ($1::bigint[])[l.worker_no] -- another broker may grant to the same requests
)
select l.worker_no, l.lease_id, l.workflow_id, l.task, l.ordinal, l.attempt, j.name, j.spec, l.class_id
from leased l
join job j on j.workflow_id = l.workflow_id and j.ordinal = l.ordinal

-- Ends these jobs of a workflow as failed(cancelled) if they are open, leased attempts included. cancel_unqueue_jobs.sql went
-- before.
-- Not one statement with cancel_jobs.sql, though what follows `open` is the same: there the workflow is gone through in order, here
-- jobs are found one by one, and one plan kept for both would be wrong for one of them.
-- params: workflow_id, ordinals, states (codes) in which they are ended
-- rows: ordinal, task, state it had, attempt, session_id (leased ones), run no, limits under which some of them ran
--   (comma-separated, the same in every row)
-- locks: lease rows, job_state rows by ordinal, limit_ended and share_use rows of the partition
with open as materialized (
  select s.ordinal, s.state, s.lease_id, s.attempt, s.run_no
  from job_state s
  where s.workflow_id = $1 and s.ordinal = any ($2::int[]) and s.state = any ($3::smallint[])
  order by s.ordinal
  for update
),
ended as (
  update job_state s set state = 4, reason = 4
  from open o
  where s.workflow_id = $1 and s.ordinal = o.ordinal
  returning s.ordinal, s.task, o.state, s.attempt, s.class_id, s.lease_id, s.run_no
),
logged as (
  insert into attempt (
    workflow_id, lease_id, session_id, leased_at, ended_at, ordinal, attempt, run_no, outcome, reason, message
  )
  select $1, l.id, l.session_id, l.granted_at, now(), e.ordinal, e.attempt, e.run_no, 4, 4, 'cancelled by a user'
  from ended e
  join lease l on l.id = e.lease_id
  where e.state = 2
),
released as (
  update lease l set open = l.open - n.jobs
  from (select e.lease_id, count(*)::int as jobs from ended e where e.state = 2 group by e.lease_id order by e.lease_id) n
  where l.id = n.lease_id
  returning l.limited or l.id <= (select c.lease_id from limit_change c) as limited
),
uncharged as (
  update limit_ended x
  set jobs = x.jobs + n.jobs, millicores = x.millicores + n.millicores
  from (
    select c.limit_id, sum(o.jobs) as jobs, sum(o.jobs * c.millicores) as millicores
    from (
      select e.task, e.class_id, l.session_id, count(*) as jobs
      from ended e
      join lease l on l.id = e.lease_id
      where e.state = 2 and (select bool_or(r.limited) from released r)
      group by 1, 2, 3
    ) o
    join task t on t.workflow_id = $1 and t.ordinal = o.task
    join session s on s.id = o.session_id
    cross join lateral limits_on(coalesce(o.class_id, t.class_id), s.site) c
    group by 1
  ) n
  where x.limit_id = n.limit_id and x.partition = $1 % 16
  returning x.limit_id
),
-- A cancelled attempt has no report: from half a minute on it has begun, and is charged since its grant.
charged as (
  insert into share_use as u (share_id, partition, core_sec, decayed_core_sec, used_at)
  select c.share_id, ($1::bigint % 16)::smallint, sum(c.cores * r.sec), sum(c.cores * r.sec), now()
  from (
    select e.task, sum(extract(epoch from now() - l.granted_at))::float8 as sec
    from ended e
    join lease l on l.id = e.lease_id
    where e.state = 2 and l.granted_at < now() - interval '30 seconds'
    group by e.task
  ) r
  join task t on t.workflow_id = $1 and t.ordinal = r.task
  join ready_class c on c.id = t.class_id
  where c.share_id is not null
  group by c.share_id
  on conflict (share_id, partition) do update
  set
    core_sec = u.core_sec + excluded.core_sec,
    decayed_core_sec = u.decayed_core_sec * power(0.5, least(
      greatest(extract(epoch from excluded.used_at - u.used_at), 0)::float8
        / (select t.half_life_sec from share_setting t), 1000
    )) + excluded.decayed_core_sec,
    used_at = greatest(u.used_at, excluded.used_at)
)
select
  e.ordinal, e.task, e.state, e.attempt, l.session_id, e.run_no,
  (select string_agg(u.limit_id::text, ',') from uncharged u)
from ended e
left join lease l on l.id = e.lease_id and e.state = 2

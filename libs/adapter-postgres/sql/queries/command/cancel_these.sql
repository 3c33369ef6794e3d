-- Ends these jobs of a workflow as failed(cancelled) if they are open, leased attempts included. cancel_unqueue_jobs.sql went
-- before.
-- params: workflow_id, ordinals, states (codes) in which they are ended
-- rows: ordinal, task, state it had, attempt, session_id (leased ones), run no
-- locks: lease rows, job_state rows by ordinal
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
  returning s.ordinal, s.task, o.state, s.attempt, s.lease_id, s.run_no
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
)
select e.ordinal, e.task, e.state, e.attempt, l.session_id, e.run_no
from ended e
left join lease l on l.id = e.lease_id and e.state = 2

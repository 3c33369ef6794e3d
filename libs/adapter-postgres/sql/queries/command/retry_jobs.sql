-- Opens the next run of an ended workflow: the chosen failed jobs run again, jobs pruned only because of them wait again,
-- their `on: ended` children and the final job run again.
-- A pruned job stays pruned if some job that failed and is not chosen still dooms it.
-- params: 1 workflow_id, 2 labels (null: all), 3 reasons (codes; null: all), 4 ordinals (null: all), 5 new run no
-- rows: one: jobs retried, jobs un-pruned, jobs that run again after them
-- locks: job_state rows
with recursive failed as materialized (
  select s.ordinal, s.task, s.reason
  from job_state s
  where s.workflow_id = $1 and s.state = 4 and s.reason <> 5
),
chosen as materialized (
  select f.ordinal
  from failed f
  join task t on t.workflow_id = $1 and t.ordinal = f.task
  where ($2::text[] is null or t.label = any ($2))
    and ($3::smallint[] is null or f.reason = any ($3))
    and ($4::int[] is null or f.ordinal = any ($4))
),
rest as materialized (
  select f.ordinal from failed f where not exists (select 1 from chosen c where c.ordinal = f.ordinal)
),
below(ordinal) as (
  select s.ordinal
  from chosen c
  join job_edge x on x.workflow_id = $1 and x.ordinal = c.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  join job_state s on s.workflow_id = $1 and s.ordinal = u.child and s.state = 4 and s.reason = 5
  union
  select s.ordinal
  from below b
  join job_edge x on x.workflow_id = $1 and x.ordinal = b.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  join job_state s on s.workflow_id = $1 and s.ordinal = u.child and s.state = 4 and s.reason = 5
),
still(ordinal) as (
  select s.ordinal
  from rest r
  join job_edge x on x.workflow_id = $1 and x.ordinal = r.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  join job_state s on s.workflow_id = $1 and s.ordinal = u.child and s.state = 4 and s.reason = 5
  union
  select s.ordinal
  from still b
  join job_edge x on x.workflow_id = $1 and x.ordinal = b.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  join job_state s on s.workflow_id = $1 and s.ordinal = u.child and s.state = 4 and s.reason = 5
),
unpruned as materialized (
  select b.ordinal from below b where not exists (select 1 from still s where s.ordinal = b.ordinal)
),
open as materialized (select ordinal from chosen union select ordinal from unpruned),
again as materialized (
  select distinct s.ordinal
  from open o
  join job_edge x on x.workflow_id = $1 and x.ordinal = o.ordinal
  cross join lateral unnest(x.on_ended) as u(child)
  join job_state s on s.workflow_id = $1 and s.ordinal = u.child and s.state in (3, 4) and s.reason <> 5
  union
  select s.ordinal
  from job_state s
  join workflow w on w.id = s.workflow_id
  where s.workflow_id = $1 and s.ordinal = w.final_ordinal and exists (select 1 from chosen)
),
reset as (
  update job_state s
  set state = 0, reason = 0, tries_used = 0, infra_used = 0, run_no = $5,
      parents_left = case when s.kind = 2 then 1 else s.parents_left end
  from (select ordinal from open union select ordinal from again) r
  where s.workflow_id = $1 and s.ordinal = r.ordinal
  returning s.ordinal
)
select
  (select count(*) from chosen)::int, (select count(*) from unpruned)::int, (select count(*) from again)::int,
  (select count(*) from reset)::int

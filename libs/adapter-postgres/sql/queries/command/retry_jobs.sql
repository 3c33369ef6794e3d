-- Lets jobs of an ended workflow run again in its next run: the chosen failed jobs, but those below a failed parent that
-- does not run; what was pruned only because of jobs that run; ended `on: ended` children of what runs and theirs in turn
-- (a barrier among these hands it on over its success edges); the final job. Repeat while rows of the fourth count come:
-- failed jobs that run again as children free what they had pruned.
-- `offset 0` keeps children looked up one by one: with statistics older than the workflow the planner would walk all of its
-- jobs for every parent.
-- params: 1 workflow_id, 2 labels (null: all), 3 reasons (codes; null: all), 4 ordinals (null: all), 5 new run no
-- rows: one: wanted jobs that run again, jobs un-pruned, jobs that run again after them, how many of these had failed
-- locks: job_state rows
with recursive failed as materialized (
  select s.ordinal, s.task, s.reason
  from job_state s
  where s.workflow_id = $1 and s.state = 4 and s.reason <> 5
),
wanted as materialized (
  select f.ordinal
  from failed f
  join task t on t.workflow_id = $1 and t.ordinal = f.task
  where ($2::text[] is null or t.label = any ($2))
    and ($3::smallint[] is null or f.reason = any ($3))
    and ($4::int[] is null or f.ordinal = any ($4))
),
still(ordinal) as (
  select s.ordinal
  from failed f
  join job_edge x on x.workflow_id = $1 and x.ordinal = f.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and i.state = 4
    offset 0
  ) s
  where not exists (select 1 from wanted w where w.ordinal = f.ordinal)
  union
  select s.ordinal
  from still b
  join job_edge x on x.workflow_id = $1 and x.ordinal = b.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and i.state = 4
    offset 0
  ) s
),
chosen as materialized (
  select w.ordinal from wanted w where not exists (select 1 from still s where s.ordinal = w.ordinal)
),
below(ordinal) as (
  select s.ordinal
  from (
    select c.ordinal from chosen c
    union
    select r.ordinal from job_state r where r.workflow_id = $1 and r.state = 0 and r.run_no = $5
  ) c
  join job_edge x on x.workflow_id = $1 and x.ordinal = c.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and i.state = 4 and i.reason = 5
    offset 0
  ) s
  union
  select s.ordinal
  from below b
  join job_edge x on x.workflow_id = $1 and x.ordinal = b.ordinal
  cross join lateral unnest(x.on_success) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and i.state = 4 and i.reason = 5
    offset 0
  ) s
),
unpruned as materialized (
  select b.ordinal from below b where not exists (select 1 from still s where s.ordinal = b.ordinal)
),
open as materialized (select ordinal from chosen union select ordinal from unpruned),
after(ordinal, kind) as (
  select s.ordinal, s.kind
  from open o
  join job_edge x on x.workflow_id = $1 and x.ordinal = o.ordinal
  cross join lateral unnest(x.on_ended) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and i.state in (3, 4) and i.reason <> 5
    offset 0
  ) s
  union
  select s.ordinal, s.kind
  from after a
  join job_edge x on x.workflow_id = $1 and x.ordinal = a.ordinal
  cross join lateral unnest(case when a.kind = 1 then x.on_success || x.on_ended else x.on_ended end) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and i.state in (3, 4) and i.reason <> 5
    offset 0
  ) s
),
again as materialized (
  select a.ordinal from after a where not exists (select 1 from open o where o.ordinal = a.ordinal)
  union
  select s.ordinal
  from job_state s
  join workflow w on w.id = s.workflow_id
  where s.workflow_id = $1 and s.ordinal = w.final_ordinal and s.state in (3, 4) and exists (select 1 from open)
    and not exists (select 1 from open o where o.ordinal = s.ordinal)
),
reset as (
  update job_state s
  set state = 0, reason = 0, tries_used = 0, infra_used = 0, run_no = $5,
      parents_left = case when s.kind = 2 then 1 else s.parents_left end
  from (select ordinal from open union select ordinal from again) r
  where s.workflow_id = $1 and s.ordinal = r.ordinal
)
select
  (select count(*) from wanted w where exists (select 1 from chosen c where c.ordinal = w.ordinal)
    or exists (select 1 from again a where a.ordinal = w.ordinal))::int,
  (select count(*) from unpruned)::int, (select count(*) from again)::int,
  (select count(*) from again a join failed f on f.ordinal = a.ordinal)::int

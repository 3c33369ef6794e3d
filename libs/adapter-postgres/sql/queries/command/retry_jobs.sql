-- Lets jobs of an ended workflow run again in its next run: the chosen failed jobs, but those below a failed parent that
-- does not run; what was pruned only because of jobs that run; ended `on: ended` children of what runs and theirs in turn
-- (a barrier among these hands it on over its success edges); the final job. Repeat while the last count is not 0: failed
-- jobs that run again as children free what they had pruned, and what is freed may lead to a barrier that an earlier call
-- reset because it was wanted, not as anybody's child: only now it hands on.
-- `offset 0` keeps children looked up one by one: with statistics older than the workflow the planner would walk all of its
-- jobs for every parent.
-- params: 1 workflow_id, 2 labels (null: all), 3 reasons (codes; null: all), 4 ordinals (null: all), 5 new run no,
--   6 exit codes, 7 sites and 8 fingerprints of the last attempt (null: all), 9 whether to tell which are wanted,
--   10 wanted barriers that earlier calls of this retry reset,
--   11 names of conditions that are turned around (labels, reasons, ...)
-- rows: label, its first task, wanted jobs that run again, jobs un-pruned, finished jobs and failed jobs (not wanted) that run again after
--   them, failed jobs that run again as children, ordinals of the wanted jobs that run again (comma-separated) if they are to be told,
--   ordinals of the barriers among them
-- locks: job_state rows
with recursive failed as materialized (
  select s.ordinal, s.task, s.reason, s.attempt
  from job_state s
  where s.workflow_id = $1 and s.state = 4 and s.reason <> 5
),
wanted as materialized (
  select f.ordinal
  from failed f
  join task t on t.workflow_id = $1 and t.ordinal = f.task
  where ($2::text[] is null or (t.label = any ($2)) <> ('labels' = any ($11::text[])))
    and ($3::smallint[] is null or (f.reason = any ($3)) <> ('reasons' = any ($11)))
    and ($4::int[] is null or (f.ordinal = any ($4)) <> ('ordinals' = any ($11)))
    and ($6::smallint[] is null and $7::text[] is null and $8::bigint[] is null or (
      select ($6 is null or coalesce(bool_or(a.exit_code = any ($6)), false) <> ('exitCodes' = any ($11)))
        and ($7 is null or coalesce(bool_or(o.site = any ($7)), false) <> ('sites' = any ($11)))
        and ($8 is null
          or coalesce(bool_or(f.reason <> 4 and a.fingerprint = any ($8)), false) <> ('fingerprints' = any ($11)))
      from attempt a
      join session o on o.id = a.session_id
      where a.workflow_id = $1 and a.ordinal = f.ordinal and a.attempt = f.attempt
    ))
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
reset_barrier as materialized (select unnest($10::int[]) as ordinal),
open as materialized (select ordinal from chosen union select ordinal from unpruned),
after(ordinal, kind) as (
  select s.ordinal, s.kind
  from open o
  join job_edge x on x.workflow_id = $1 and x.ordinal = o.ordinal
  cross join lateral unnest(x.on_ended) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and (
      i.state in (3, 4) and i.reason <> 5 or i.state = 0 and i.ordinal in (select r.ordinal from reset_barrier r)
    )
    offset 0
  ) s
  union
  select s.ordinal, s.kind
  from after a
  join job_edge x on x.workflow_id = $1 and x.ordinal = a.ordinal
  cross join lateral unnest(case when a.kind = 1 then x.on_success || x.on_ended else x.on_ended end) as u(child)
  cross join lateral (
    select i.ordinal, i.kind from job_state i
    where i.workflow_id = $1 and i.ordinal = u.child and (
      i.state in (3, 4) and i.reason <> 5 or i.state = 0 and i.ordinal in (select r.ordinal from reset_barrier r)
    )
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
before as materialized (
  select s.ordinal, s.task, s.kind, s.state, s.reason, r.again, w.ordinal is not null as wanted
  from (select ordinal, false as again from open union all select ordinal, true from again) r
  join job_state s on s.workflow_id = $1 and s.ordinal = r.ordinal and s.state in (3, 4)
  left join wanted w on w.ordinal = r.ordinal
),
reset as (
  update job_state s
  set state = 0, reason = 0, tries_used = 0, infra_used = 0, run_no = $5,
      parents_left = case when s.kind = 2 then 1 else s.parents_left end
  from before b
  where s.workflow_id = $1 and s.ordinal = b.ordinal
)
select
  t.label, min(t.ordinal), count(*) filter (where b.wanted)::int, count(*) filter (where b.reason = 5)::int,
  count(*) filter (where b.state = 3)::int,
  count(*) filter (where b.state = 4 and b.reason <> 5 and not b.wanted)::int,
  count(*) filter (where b.state = 4 and b.reason <> 5 and b.again)::int,
  case when $9::bool then string_agg(b.ordinal::text, ',') filter (where b.wanted) end,
  string_agg(b.ordinal::text, ',') filter (where b.wanted and b.kind = 1)
from before b
join task t on t.workflow_id = $1 and t.ordinal = b.task
group by t.label

-- As settle_release.sql where some jobs failed for good: prunes their descendants along success edges, counts down
-- the children of all that ended, pruned jobs included. Children to count down and jobs to prune are one set, written by
-- one UPDATE: PostgreSQL applies only one of two updates of a row in a statement.
-- `offset 0` keeps children looked up one by one: with statistics older than the workflow the planner would walk all of its
-- jobs for every parent.
-- params: per ended job: 1 workflow_id, 2 ordinal, 3 code: 3 finished, 4 failed, 0 failed earlier (prune below it only);
--   4 most jobs to prune now
-- rows: workflow_id, task, class_id, 'ready' | 'barrier' | 'pruned' | 'paused' (ready, held by a pause), number of jobs,
--   ordinals of barriers and pruned
-- locks: job_state rows of children and descendants
with recursive ended as materialized (
  select e.workflow_id, e.ordinal, e.code
  from unnest($1::bigint[], $2::int[], $3::smallint[]) as e(workflow_id, ordinal, code)
),
doom(workflow_id, ordinal) as (
  select s.workflow_id, s.ordinal
  from ended e
  join job_edge x on x.workflow_id = e.workflow_id and x.ordinal = e.ordinal
  cross join lateral unnest(x.on_success) as c(child)
  cross join lateral (
    select i.workflow_id, i.ordinal from job_state i
    where i.workflow_id = e.workflow_id and i.ordinal = c.child and i.state = 0
    offset 0
  ) s
  where e.code <> 3
  union
  select s.workflow_id, s.ordinal
  from doom d
  join job_edge x on x.workflow_id = d.workflow_id and x.ordinal = d.ordinal
  cross join lateral unnest(x.on_success) as c(child)
  cross join lateral (
    select i.workflow_id, i.ordinal from job_state i
    where i.workflow_id = d.workflow_id and i.ordinal = c.child and i.state = 0
    offset 0
  ) s
),
doomed as materialized (select d.workflow_id, d.ordinal from doom d limit $4::int),
met as (
  select e.workflow_id, c.child
  from ended e
  join job_edge x on x.workflow_id = e.workflow_id and x.ordinal = e.ordinal
  cross join lateral unnest(x.on_success) as c(child)
  where e.code = 3
  union all
  select e.workflow_id, c.child
  from (
    select workflow_id, ordinal from ended where code <> 0
    union all
    select workflow_id, ordinal from doomed
  ) e
  join job_edge x on x.workflow_id = e.workflow_id and x.ordinal = e.ordinal
  cross join lateral unnest(x.on_ended) as c(child)
),
change as materialized (
  select c.workflow_id, c.ordinal, sum(c.edges)::int as edges, bool_or(c.doomed) as doomed
  from (
    select m.workflow_id, m.child as ordinal, 1 as edges, false as doomed from met m
    union all
    select d.workflow_id, d.ordinal, 0, true from doomed d
  ) c
  group by c.workflow_id, c.ordinal
),
woken as (
  update job_state s
  set
    parents_left = s.parents_left - c.edges,
    state = case
      when c.doomed then 4
      when s.state = 0 and s.parents_left = c.edges then 1
      else s.state
    end,
    reason = case when c.doomed then 5 else s.reason end
  from change c
  where s.workflow_id = c.workflow_id and s.ordinal = c.ordinal
  returning s.workflow_id, s.ordinal, s.task, s.class_id, s.kind, s.state, c.doomed
),
free as materialized (
  select
    w.workflow_id, w.task, coalesce(w.class_id, t.class_id) as class_id, t.priority, w.kind, w.doomed,
    (row_number() over (partition by w.workflow_id, w.task, w.class_id, w.kind, w.doomed order by w.ordinal) - 1) / 400
      as slice,
    w.ordinal
  from woken w
  join task t on t.workflow_id = w.workflow_id and t.ordinal = w.task
  where w.state = 1 or w.doomed
),
slice as materialized (
  select
    g.workflow_id, g.task, g.class_id, g.priority, g.kind, g.doomed, cardinality(a.ordinals) as jobs, a.ordinals,
    c.paused_at is not null or p.paused_at is not null or a.by_itself as paused,
    c.cancel_requested_at is not null as cancelled
  from (
    select
      f.workflow_id, f.task, f.class_id, f.priority, f.kind, f.doomed, array_agg(f.ordinal) as ordinals
    from free f
    group by f.workflow_id, f.task, f.class_id, f.priority, f.kind, f.doomed, f.slice
  ) g
  join task p on p.workflow_id = g.workflow_id and p.ordinal = g.task
  left join workflow_control c on c.workflow_id = g.workflow_id
  cross join lateral paused_parts(g.workflow_id, g.ordinals, c.jobs_paused) a
),
queued as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals, paused)
  select f.class_id, f.priority, f.workflow_id, f.task, f.jobs, f.ordinals, f.paused
  from slice f
  where f.kind = 0 and not f.doomed and not f.cancelled
)
select
  f.workflow_id, f.task, f.class_id,
  case when f.doomed then 'pruned' when f.kind = 1 then 'barrier' when f.paused then 'paused' else 'ready' end,
  sum(f.jobs)::int,
  string_agg(case when f.doomed or f.kind = 1 then array_to_string(f.ordinals, ',') end, ',')
from slice f
group by f.workflow_id, f.task, f.class_id, f.kind, f.doomed, f.paused

-- Counts down the children of jobs that ended and makes ready those with no unmet edge left. No job failed for good:
-- settle_prune.sql is for those.
-- hot
-- params: per ended job: 1 workflow_id, 2 ordinal; all finished; of the children of each: 3 from, 4 to (positions from 1, both
--   included; null: all)
-- rows: workflow_id, task, class_id, 'ready' | 'barrier' | 'paused' (ready, held by a pause), number of jobs, ordinals
--   of the barriers (comma-separated), priority, new rows of ready as id:jobs (comma-separated)
-- locks: job_state rows of the children
with met as materialized (
  select e.workflow_id, c.child, count(*)::int as edges
  from unnest($1::bigint[], $2::int[]) as e(workflow_id, ordinal)
  join job_edge x on x.workflow_id = e.workflow_id and x.ordinal = e.ordinal
  cross join lateral unnest(
    case when $3::int is null then x.on_success || x.on_ended else (x.on_success || x.on_ended)[$3:$4::int] end
  ) as c(child)
  group by e.workflow_id, c.child
),
woken as (
  update job_state s
  set
    parents_left = s.parents_left - m.edges,
    state = case when s.state = 0 and s.parents_left = m.edges then 1 else s.state end
  from met m
  where s.workflow_id = m.workflow_id and s.ordinal = m.child
  returning s.workflow_id, s.ordinal, s.task, s.class_id, s.kind, s.state
),
free as materialized (
  select
    w.workflow_id, w.task, coalesce(w.class_id, t.class_id) as class_id, t.priority, w.kind,
    (row_number() over (partition by w.workflow_id, w.task, w.class_id, w.kind order by w.ordinal) - 1) / 400 as slice,
    w.ordinal
  from woken w
  join task t on t.workflow_id = w.workflow_id and t.ordinal = w.task
  where w.state = 1
),
slice as materialized (
  select
    g.workflow_id, g.task, g.class_id, g.priority, g.kind, cardinality(a.ordinals) as jobs, a.ordinals,
    c.paused_at is not null or p.paused_at is not null or a.by_itself as paused,
    c.cancel_requested_at is not null as cancelled
  from (
    select f.workflow_id, f.task, f.class_id, f.priority, f.kind, array_agg(f.ordinal) as ordinals
    from free f
    group by f.workflow_id, f.task, f.class_id, f.priority, f.kind, f.slice
  ) g
  join task p on p.workflow_id = g.workflow_id and p.ordinal = g.task
  left join workflow_control c on c.workflow_id = g.workflow_id
  cross join lateral paused_parts(g.workflow_id, g.ordinals, c.jobs_paused) a
),
queued as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals, paused)
  select f.class_id, f.priority, f.workflow_id, f.task, f.jobs, f.ordinals, f.paused
  from slice f
  where f.kind = 0 and not f.cancelled
  returning id, workflow_id, task, class_id, jobs, paused
)
select
  f.workflow_id, f.task, f.class_id,
  case when f.kind = 1 then 'barrier' when f.paused then 'paused' else 'ready' end,
  sum(f.jobs)::int,
  string_agg(case when f.kind = 1 then array_to_string(f.ordinals, ',') end, ','),
  f.priority,
  (
    select string_agg(q.id || ':' || q.jobs, ',' order by q.id)
    from queued q
    where f.kind = 0 and q.workflow_id = f.workflow_id and q.task = f.task and q.class_id = f.class_id
      and q.paused = f.paused
  )
from slice f
group by f.workflow_id, f.task, f.class_id, f.priority, f.kind, f.paused

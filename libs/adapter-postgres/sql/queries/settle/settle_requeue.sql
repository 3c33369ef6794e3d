-- Puts jobs whose attempt ended without ending them back: at once into ready, or into held until their back-off is over.
-- Of a workflow that is to be cancelled only the final job, if it runs always, goes back: the cancel ends the others.
-- hot
-- params: 1 workflow_id[], 2 ordinal[], 3 task[], 4 delay in seconds[] (0: now)
-- rows: class ids that got jobs to hand out
-- locks: none but the rows it makes
with back as materialized (
  select
    b.workflow_id, b.ordinal, b.task, b.delay_sec, i.by_itself,
    c.paused_at is not null or p.paused_at is not null or i.by_itself as paused
  from unnest($1::bigint[], $2::int[], $3::int[], $4::float8[]) as b(workflow_id, ordinal, task, delay_sec)
  join task p on p.workflow_id = b.workflow_id and p.ordinal = b.task
  left join workflow_control c on c.workflow_id = b.workflow_id
  cross join lateral (
    select coalesce(c.jobs_paused, false) and exists (
      select 1 from paused_job j where j.workflow_id = b.workflow_id and j.ordinal = b.ordinal
    ) as by_itself
  ) i
  where c.cancel_requested_at is null
    or exists (
      select 1 from workflow w
      where w.id = b.workflow_id and w.final_ordinal = b.ordinal and w.final_when = 'always'
    )
),
waiting as (
  insert into held (workflow_id, ordinal, task, due_at, paused)
  select b.workflow_id, b.ordinal, b.task, now() + b.delay_sec * interval '1 second', b.paused
  from back b
  where b.delay_sec > 0
  on conflict (workflow_id, ordinal) do update set due_at = excluded.due_at, paused = excluded.paused
),
queued as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals, paused)
  select s.class_id, s.priority, s.workflow_id, s.task, count(*), array_agg(s.ordinal), s.paused
  from (
    select
      coalesce(j.class_id, t.class_id) as class_id, t.priority, b.workflow_id, b.task, b.ordinal, b.by_itself, b.paused,
      (row_number() over (partition by b.workflow_id, b.task, j.class_id order by b.ordinal) - 1) / 400 as slice
    from back b
    join task t on t.workflow_id = b.workflow_id and t.ordinal = b.task
    cross join lateral (
      select i.class_id from job_state i where i.workflow_id = b.workflow_id and i.ordinal = b.ordinal
      offset 0
    ) j
    where b.delay_sec <= 0
  ) s
  group by s.class_id, s.priority, s.workflow_id, s.task, s.by_itself, s.paused, s.slice
  returning class_id, paused
)
select distinct q.class_id from queued q where not q.paused

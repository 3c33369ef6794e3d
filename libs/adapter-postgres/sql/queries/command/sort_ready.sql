-- Moves ready jobs that were just paused by themselves, or just resumed, into rows of their own: all jobs of a row are, or
-- none. A grant under way is waited for: what it took is leased then. One that comes later drops the rows that it looked at.
-- params: workflow_id, ordinals (all of them paused by themselves, or none)
-- rows: classes that got jobs to hand out
-- locks: ready rows by id
with chosen as materialized (select c.ordinal from unnest($2::int[]) as c(ordinal)),
queued as materialized (
  select distinct r.id
  from ready r
  cross join lateral unnest(r.ordinals) as o(ordinal)
  join chosen c on c.ordinal = o.ordinal
  where r.workflow_id = $1
),
touched as materialized (
  select r.id, r.class_id, r.priority, r.task, r.ordinals
  from ready r
  where r.id in (select q.id from queued q)
  order by r.id
  for update of r
),
place as materialized (
  select t.id, t.class_id, t.priority, t.task, o.no, o.ordinal, c.ordinal is not null as moves
  from touched t
  cross join lateral unnest(t.ordinals) with ordinality as o(ordinal, no)
  left join chosen c on c.ordinal = o.ordinal
),
kept as materialized (
  select p.id, array_agg(p.ordinal order by p.no) as ordinals from place p where not p.moves group by p.id
),
emptied as (
  delete from ready r using touched t where r.id = t.id and not exists (select 1 from kept k where k.id = t.id)
),
cut as (
  update ready r set ordinals = k.ordinals, jobs = cardinality(k.ordinals) from kept k where r.id = k.id
),
moved as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals, paused)
  select
    m.class_id, m.priority, $1, m.task, cardinality(m.ordinals), m.ordinals,
    c.paused_at is not null or t.paused_at is not null or exists (
      select 1 from paused_job j where j.workflow_id = $1 and j.ordinal = m.ordinals[1]
    )
  from (
    select s.class_id, s.priority, s.task, array_agg(s.ordinal order by s.ordinal) as ordinals
    from (
      select
        p.class_id, p.priority, p.task, p.ordinal,
        (row_number() over (partition by p.class_id, p.priority, p.task order by p.ordinal) - 1) / 400 as slice
      from place p
      where p.moves
    ) s
    group by s.class_id, s.priority, s.task, s.slice
  ) m
  join task t on t.workflow_id = $1 and t.ordinal = m.task
  join workflow_control c on c.workflow_id = $1
  returning class_id, paused
)
select distinct m.class_id from moved m where not m.paused

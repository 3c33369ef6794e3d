-- Forgets that jobs of a workflow are paused by themselves. What is left of the orders that paused them is an order of its own
-- from here on. sort_held.sql and sort_ready.sql follow.
-- params: workflow_id, ordinals, who ordered it
-- rows: none
-- locks: the workflow's control row, paused_job rows, pause_order rows; the caller holds the partition's lock
with forgotten as (
  delete from paused_job p where p.workflow_id = $1 and p.ordinal = any ($2::int[]) returning p.ordinal
),
resumed as materialized (
  select o.id, array_agg(e.ordinal) as ordinals
  from pause_order o
  cross join lateral unnest(o.ordinals) as e(ordinal)
  join forgotten f on f.ordinal = e.ordinal
  where o.workflow_id = $1 and o.until_at is null
  group by o.id
),
left_paused as (
  insert into pause_order (workflow_id, ordinals, from_at, paused_by)
  select o.workflow_id, array(select unnest(o.ordinals) except select unnest(r.ordinals)), o.from_at, o.paused_by
  from pause_order o
  join resumed r on r.id = o.id
  where cardinality(o.ordinals) > cardinality(r.ordinals)
),
recorded as (
  update pause_order o set ordinals = r.ordinals, until_at = now(), resumed_by = $3 from resumed r where o.id = r.id
)
update workflow_control c set jobs_paused = false
where c.workflow_id = $1
  and (select count(*) from forgotten) = (select count(*) from paused_job p where p.workflow_id = $1)

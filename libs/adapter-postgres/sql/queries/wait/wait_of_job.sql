-- When a job became ready for its first attempt: the last of its parents was settled then, or the workflow was submitted;
-- and when people ordered to try failed jobs of its workflow again.
-- hot
-- params: 1 workflow id; 2 ordinal
-- rows: ready since (null: it still waits for parents), classes that it may have been granted in, orders to try again, now,
--   when its workflow was submitted, name and label of the parent that was settled last (null: it has none)
-- locks: none
with parent as materialized (
  select e.ordinal
  from job_edge e
  where e.workflow_id = $1 and (e.on_success @> array[$2::int] or e.on_ended @> array[$2::int])
),
met as materialized (
  select p.ordinal, a.settled_at as at
  from parent p
  cross join lateral (
    select a.settled_at from attempt a
    where a.workflow_id = $1 and a.ordinal = p.ordinal
    order by a.attempt desc
    limit 1
  ) a
  order by a.settled_at desc
  limit 1
)
select
  greatest(w.submitted_at, (select m.at from met m)),
  array(select distinct x from unnest(array[s.class_id, t.class_id]) x where x is not null),
  array(
    select c.done_at from workflow_command c
    where c.workflow_id = w.id and c.kind = 'retry' and c.done_at is not null
    order by c.done_at desc
    limit 1000
  ),
  now(),
  w.submitted_at,
  (select j.name from met m join job j on j.workflow_id = $1 and j.ordinal = m.ordinal),
  (select x.label from met m
   join job_state y on y.workflow_id = $1 and y.ordinal = m.ordinal
   join task x on x.workflow_id = $1 and x.ordinal = y.task)
from job_state s
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
join workflow w on w.id = s.workflow_id
where s.workflow_id = $1 and s.ordinal = $2

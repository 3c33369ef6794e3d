-- The parents a job still waits for, the first of them, and how many parents it has.
-- hot
-- params: 1 workflow id; 2 ordinal; 3 rows
-- rows: parents in all, ordinal, name, label, state, reason
-- locks: none
with parent as materialized (
  select e.ordinal, e.on_success @> array[$2::int] as on_success, s.state, s.reason, s.task
  from job_edge e
  cross join lateral (
    select s.state, s.reason, s.task from job_state s
    where s.workflow_id = e.workflow_id and s.ordinal = e.ordinal
    limit 1
  ) s
  where e.workflow_id = $1 and (e.on_success @> array[$2::int] or e.on_ended @> array[$2::int])
)
select (select count(*)::int from parent), p.ordinal, j.name, t.label, p.state, p.reason
from parent p
join job j on j.workflow_id = $1 and j.ordinal = p.ordinal
join task t on t.workflow_id = $1 and t.ordinal = p.task
where case when p.on_success then p.state <> 3 else p.state < 3 end
order by p.ordinal
limit $3

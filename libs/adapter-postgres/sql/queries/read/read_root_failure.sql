-- The failed job that a pruned job is pruned because of: the nearest ancestor that failed by itself.
-- params: 1 workflow id; 2 ordinal of the pruned job
-- rows: name, label, reason, exit_code, message, fingerprint (at most 1)
-- locks: none
with recursive edge as materialized (
  select s.ordinal as parent, c.child
  from job_state s
  join job_edge e on e.workflow_id = s.workflow_id and e.ordinal = s.ordinal
  cross join lateral unnest(e.on_success) as c(child)
  where s.workflow_id = $1 and s.state = 4
),
up as (
  select $2::int as ordinal
  union
  select e.parent from up u join edge e on e.child = u.ordinal
)
select j.name, t.label, s.reason, a.exit_code, a.message, a.fingerprint
from up u
join job_state s on s.workflow_id = $1 and s.ordinal = u.ordinal
join job j on j.workflow_id = $1 and j.ordinal = u.ordinal
join task t on t.workflow_id = $1 and t.ordinal = s.task
left join attempt a on a.workflow_id = $1 and a.ordinal = u.ordinal and a.attempt = s.attempt
where s.reason <> 5
limit 1

-- D2: a ready row says how many jobs it has, their task and their class; where a task learned, the class that it had then.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select r.workflow_id, null::int,
  format('ready row %s says that it has %s jobs, and has %s', r.id, r.jobs, cardinality(r.ordinals))
from ready r
where r.workflow_id between $1::bigint and $2::bigint and r.jobs <> cardinality(r.ordinals)
union all
select r.workflow_id, o.ordinal, format('is in ready row %s of task %s, class %s', r.id, r.task, r.class_id)
from ready r
cross join lateral unnest(r.ordinals) as o(ordinal)
join job_state s on s.workflow_id = r.workflow_id and s.ordinal = o.ordinal and s.workflow_id between $1 and $2
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
where r.workflow_id between $1 and $2
  and (
    r.task <> s.task
    or (r.class_id <> coalesce(s.class_id, t.class_id) and (s.class_id is not null or t.memory_learn = 'off'))
  )
limit $3

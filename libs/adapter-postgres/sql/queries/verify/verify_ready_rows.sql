-- D2: a ready row says how many jobs it has, their task and their class; where a task learned, the class that it had then.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with queued as materialized (
  select r.workflow_id, r.id, r.task, r.class_id, unnest(r.ordinals) as ordinal
  from ready r
  where r.workflow_id between $1::bigint and $2::bigint
),
part as materialized (select q.* from queued q where q.ordinal >= $3 and q.ordinal < $4)
select r.workflow_id, null::int,
  format('ready row %s says that it has %s jobs, and has %s', r.id, r.jobs, cardinality(r.ordinals))
from ready r
where r.workflow_id between $1 and $2 and r.jobs <> cardinality(r.ordinals) and $3 = 0
union all
select q.workflow_id, q.ordinal, format('is in ready row %s of task %s, class %s', q.id, q.task, q.class_id)
from part q
join job_state s on s.workflow_id = q.workflow_id and s.ordinal = q.ordinal
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4 and t.workflow_id between $1 and $2
  and (
    q.task <> s.task
    or (q.class_id <> coalesce(s.class_id, t.class_id) and (s.class_id is not null or t.memory_learn = 'off'))
  )
limit $5

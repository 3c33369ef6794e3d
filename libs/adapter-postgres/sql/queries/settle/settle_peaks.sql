-- Counts finished attempts by the step that their peak memory fell into.
-- hot
-- params: per task and step: 1 workflow_id, 2 task, 3 peak MiB (upper end of the step), 4 jobs
-- rows: tasks that learn from it: workflow_id, task, attempts counted before, attempts counted now
-- locks: task_memory rows; the caller holds the partition's lock, so nobody else waits for them
with peak as materialized (
  select p.workflow_id, p.task, p.peak_mib, p.jobs
  from unnest($1::bigint[], $2::int[], $3::int[], $4::int[]) as p(workflow_id, task, peak_mib, jobs)
),
counted as (
  insert into task_memory (workflow_id, task, peak_mib, jobs)
  select p.workflow_id, p.task, p.peak_mib, p.jobs from peak p
  on conflict (workflow_id, task, peak_mib) do update set jobs = task_memory.jobs + excluded.jobs
)
select
  t.workflow_id, t.ordinal,
  (
    select coalesce(sum(m.jobs), 0)::int from task_memory m where m.workflow_id = t.workflow_id and m.task = t.ordinal
  ),
  n.jobs
from (select p.workflow_id, p.task, sum(p.jobs)::int as jobs from peak p group by p.workflow_id, p.task) n
join task t on t.workflow_id = n.workflow_id and t.ordinal = n.task and t.memory_learn <> 'off'

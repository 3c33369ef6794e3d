-- A workflow as an order finds or leaves it: where its jobs stand, by task. A held job counts as ready.
-- params: 1 workflow id
-- rows: public_id, state, paused_at, tasks: [[label, total, waiting, finished, failed, ready and held, paused]], open jobs that
--   are paused by themselves
-- locks: none
with open as materialized (
  select o.task, sum(o.jobs)::int as jobs
  from (
    select r.task, r.jobs from ready r where r.workflow_id = $1
    union all
    select h.task, 1 from held h where h.workflow_id = $1
  ) o
  group by o.task
)
select
  w.public_id, w.state, (select c.paused_at from workflow_control c where c.workflow_id = w.id),
  (select coalesce(json_agg(json_build_array(
     t.label, t.total, t.waiting, t.finished, t.failed, coalesce(o.jobs, 0), t.paused_at is not null
   ) order by t.first_job, t.ordinal), '[]') from task t left join open o on o.task = t.ordinal where t.workflow_id = w.id),
  (select count(*)::int
   from paused_job p join job_state s on s.workflow_id = p.workflow_id and s.ordinal = p.ordinal and s.state in (0, 1, 2)
   where p.workflow_id = w.id)
from workflow w
where w.id = $1

-- D1: what may run is marked just while it, its label or its workflow is paused; a paused workflow knows since when; all jobs of
-- a row are paused by themselves, or none; and a workflow of which some are says so.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with queued as materialized (
  select r.workflow_id, r.task, r.id as ready_id, o.ordinal, r.paused
  from ready r cross join lateral unnest(r.ordinals) as o(ordinal)
  where r.workflow_id between $1::bigint and $2::bigint
  union all
  select h.workflow_id, h.task, null, h.ordinal, h.paused from held h where h.workflow_id between $1 and $2
),
own as materialized (
  select p.workflow_id, p.ordinal from paused_job p where p.workflow_id between $1 and $2
)
select q.workflow_id, q.ordinal,
  case when q.paused then 'is held back, and nothing is paused' else 'may be handed out, and it is paused' end
from queued q
join workflow w on w.id = q.workflow_id
join task t on t.workflow_id = q.workflow_id and t.ordinal = q.task
left join own p on p.workflow_id = q.workflow_id and p.ordinal = q.ordinal
where q.paused <> (w.state = 'paused' or t.paused_at is not null or p.ordinal is not null)
union all
select w.id, null, format('the workflow is %s, paused at %s', w.state, coalesce(c.paused_at::text, 'no time'))
from workflow w
join workflow_control c on c.workflow_id = w.id
where w.id between $1 and $2 and w.state in ('running', 'paused')
  and (w.state = 'paused') <> (c.paused_at is not null and c.cancel_requested_at is null)
union all
select q.workflow_id, min(q.ordinal), format('shares its ready row with %s jobs, of which %s are paused by themselves',
  count(*), count(p.ordinal))
from queued q
left join own p on p.workflow_id = q.workflow_id and p.ordinal = q.ordinal
where q.ready_id is not null
group by q.workflow_id, q.ready_id
having count(p.ordinal) not in (0, count(*))
union all
select p.workflow_id, p.ordinal, format('is paused by itself; its workflow says %s, its kind is %s', c.jobs_paused, s.kind)
from own p
left join workflow_control c on c.workflow_id = p.workflow_id
left join job_state s on s.workflow_id = p.workflow_id and s.ordinal = p.ordinal and s.workflow_id between $1 and $2
where c.jobs_paused is not true or s.kind is distinct from 0
limit $3

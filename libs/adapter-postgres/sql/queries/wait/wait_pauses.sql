-- Pauses that held a job between two moments, its own, its label's and its workflow's, the oldest first.
-- hot
-- params: 1 workflow id; 2 ordinal; 3 from, 4 until; 5 most rows
-- rows: about (workflow, label, job), label, from_at, until_at (null: it lasts), paused_by, resumed_by
-- locks: none
select
  case when p.ordinals is not null then 'job' when p.task is not null then 'label' else 'workflow' end, t.label, p.from_at,
  p.until_at, p.paused_by, p.resumed_by
from job_state s
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
join pause_order p on p.workflow_id = s.workflow_id
where s.workflow_id = $1 and s.ordinal = $2
  and (p.task is null or p.task = s.task) and (p.ordinals is null or s.ordinal = any (p.ordinals))
  and p.from_at < $4::timestamptz and coalesce(p.until_at, 'infinity') > $3::timestamptz
order by p.from_at, p.id
limit $5

-- Where these open jobs of a workflow stand, by label in document order.
-- params: workflow_id, ordinals
-- rows: label, waiting, ready (held ones among them), leased
-- locks: none
select
  t.label, (count(*) filter (where s.state = 0))::int, (count(*) filter (where s.state = 1))::int,
  (count(*) filter (where s.state = 2))::int
from job_state s
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
where s.workflow_id = $1 and s.ordinal = any ($2::int[])
group by t.label
order by min(t.first_job), min(t.ordinal)

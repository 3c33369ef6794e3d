-- I1: a workflow has ended just when all of its jobs have.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select w.id, null::int, format('the workflow is %s with %s open jobs', w.state, coalesce(o.open, 0))
from workflow w
left join (
  select s.workflow_id, count(*) as open
  from job_state s
  where s.workflow_id between $1::bigint and $2::bigint and s.state in (0, 1, 2)
  group by s.workflow_id
) o on o.workflow_id = w.id
where w.id between $1 and $2 and w.upload_state = 'sealed'
  and (w.state in ('running', 'paused')) <> (coalesce(o.open, 0) > 0)
limit $3

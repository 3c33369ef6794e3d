-- I6: parents_left is the number of unmet edges. Both are summed up side by side: a join goes wrong where statistics are older
-- than a large workflow.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with parent as materialized (
  select p.workflow_id, p.ordinal, p.state
  from job_state p
  where p.workflow_id between $1::bigint and $2::bigint and p.state <> 3
),
edge as (
  select
    x.workflow_id, unnest(case when p.state = 4 then x.on_success else x.on_success || x.on_ended end) as child
  from parent p
  join job_edge x on x.workflow_id = p.workflow_id and x.ordinal = p.ordinal
  where x.workflow_id between $1 and $2
),
side as (
  select s.workflow_id, s.ordinal, s.parents_left, 0 as edges, true as is_job
  from job_state s
  join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
  where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4 and s.kind <> 2
  union all
  select e.workflow_id, e.child, 0, 1, false
  from edge e
  where e.child >= $3 and e.child < $4
)
select i.workflow_id, i.ordinal, format('parents_left is %s, unmet edges are %s', sum(i.parents_left), sum(i.edges))
from side i
group by i.workflow_id, i.ordinal
having bool_or(i.is_job) and sum(i.parents_left) <> sum(i.edges)
limit $5

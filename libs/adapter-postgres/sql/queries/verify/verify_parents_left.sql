-- I6: parents_left is the number of unmet edges.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with parent as materialized (
  select p.workflow_id, p.ordinal, p.state
  from job_state p
  where p.workflow_id between $1::bigint and $2::bigint and p.state <> 3
),
edge as materialized (
  select
    x.workflow_id, unnest(case when p.state = 4 then x.on_success else x.on_success || x.on_ended end) as child
  from parent p
  join job_edge x on x.workflow_id = p.workflow_id and x.ordinal = p.ordinal
  where x.workflow_id between $1 and $2
),
unmet as materialized (
  select e.workflow_id, e.child, count(*)::int as edges
  from edge e
  where e.child >= $3 and e.child < $4
  group by e.workflow_id, e.child
)
select s.workflow_id, s.ordinal, format('parents_left is %s, unmet edges are %s', s.parents_left, coalesce(m.edges, 0))
from job_state s
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
left join unmet m on m.workflow_id = s.workflow_id and m.child = s.ordinal
where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4
  and s.kind <> 2 and s.parents_left <> coalesce(m.edges, 0)
limit $5

-- I6: parents_left is the number of unmet edges.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with unmet as (
  select x.workflow_id, u.child, count(*)::int as edges
  from job_edge x
  join job_state p on p.workflow_id = x.workflow_id and p.ordinal = x.ordinal
  cross join lateral (
    select unnest(case when p.state = 3 then '{}'::int[] else x.on_success end) as child
    union all
    select unnest(case when p.state in (3, 4) then '{}'::int[] else x.on_ended end)
  ) u
  where x.workflow_id between $1::bigint and $2::bigint and p.workflow_id between $1 and $2 and p.state <> 3
    and u.child >= $3 and u.child < $4
  group by x.workflow_id, u.child
)
select s.workflow_id, s.ordinal, format('parents_left is %s, unmet edges are %s', s.parents_left, coalesce(m.edges, 0))
from job_state s
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
left join unmet m on m.workflow_id = s.workflow_id and m.child = s.ordinal
where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4
  and s.kind <> 2 and s.parents_left <> coalesce(m.edges, 0)
limit $5

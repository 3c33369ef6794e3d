-- After retry_jobs.sql: counts the unmet edges of every job of the workflow anew and writes where it differs.
-- params: workflow_id
-- rows: none
-- locks: job_state rows that change
with unmet as materialized (
  select u.child, count(*)::int as edges
  from job_edge x
  join job_state p on p.workflow_id = x.workflow_id and p.ordinal = x.ordinal
  cross join lateral (
    select unnest(case when p.state = 3 then '{}'::int[] else x.on_success end) as child
    union all
    select unnest(case when p.state in (3, 4) then '{}'::int[] else x.on_ended end)
  ) u
  where x.workflow_id = $1
  group by u.child
)
update job_state s
set parents_left = coalesce(m.edges, 0)
from job_state j
left join unmet m on m.child = j.ordinal
where j.workflow_id = $1 and s.workflow_id = $1 and s.ordinal = j.ordinal and s.kind <> 2
  and s.parents_left <> coalesce(m.edges, 0)

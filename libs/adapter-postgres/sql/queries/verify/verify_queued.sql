-- I1: every job that is ready waits in one row of ready or held, so that somebody will get it, and nothing else does; but for
-- workflows that are being cancelled.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with queued as (
  select r.workflow_id, o.ordinal
  from ready r cross join lateral unnest(r.ordinals) as o(ordinal)
  where r.workflow_id between $1::bigint and $2::bigint
  union all
  select h.workflow_id, h.ordinal from held h where h.workflow_id between $1 and $2
),
counted as (
  select q.workflow_id, q.ordinal, count(*) as rows
  from queued q
  where q.ordinal >= $3 and q.ordinal < $4
  group by q.workflow_id, q.ordinal
),
may_run as (
  select s.workflow_id, s.ordinal, s.kind
  from job_state s
  where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4 and s.state = 1 and s.kind <> 1
)
select w.id, coalesce(s.ordinal, q.ordinal),
  case when s.ordinal is null then 'is queued, but not ready' else format('is ready, in %s rows', coalesce(q.rows, 0)) end
from may_run s
full join counted q on q.workflow_id = s.workflow_id and q.ordinal = s.ordinal
join workflow w on w.id = coalesce(s.workflow_id, q.workflow_id) and w.upload_state = 'sealed'
join workflow_control c on c.workflow_id = w.id
where (s.ordinal is null or q.rows is distinct from 1)
  and not (q.rows is null and c.cancel_requested_at is not null and s.kind = 0)
limit $5

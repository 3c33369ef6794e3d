-- I22: nothing of a cancelled workflow may be handed out but its final job, if it runs always.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with queued as (
  select r.workflow_id, o.ordinal
  from ready r cross join lateral unnest(r.ordinals) as o(ordinal)
  where r.workflow_id between $1::bigint and $2::bigint
  union all
  select h.workflow_id, h.ordinal from held h where h.workflow_id between $1 and $2
)
select q.workflow_id, q.ordinal, 'may be handed out, and its workflow is cancelled'
from queued q
join workflow_control c on c.workflow_id = q.workflow_id and c.cancel_requested_at is not null
join workflow w on w.id = q.workflow_id
where q.ordinal is distinct from w.final_ordinal or w.final_when <> 'always'
limit $3

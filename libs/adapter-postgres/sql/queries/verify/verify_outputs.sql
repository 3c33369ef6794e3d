-- I27: only a finished attempt has outputs, and at most one attempt of a run finished.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select a.workflow_id, a.ordinal,
  format('run %s: %s attempts finished, %s that did not have outputs', a.run_no, a.finished, a.strays)
from (
  select
    t.workflow_id, t.ordinal, t.run_no, count(*) filter (where t.outcome = 3) as finished,
    count(*) filter (where t.outcome <> 3 and t.outputs is not null) as strays
  from attempt t
  where t.workflow_id between $1::bigint and $2::bigint and t.ordinal >= $3 and t.ordinal < $4
  group by t.workflow_id, t.ordinal, t.run_no
) a
where a.finished > 1 or a.strays > 0
limit $5

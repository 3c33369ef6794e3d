-- I7: attempts are numbered from 1 without gaps, and one at most is open.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with logged as (
  select a.workflow_id, a.ordinal, count(*)::int as attempts, max(a.attempt)::int as newest
  from attempt a
  where a.workflow_id between $1::bigint and $2::bigint and a.ordinal >= $3 and a.ordinal < $4
  group by a.workflow_id, a.ordinal
)
select s.workflow_id, s.ordinal, format('is at attempt %s; %s have ended, the newest is %s',
  s.attempt, coalesce(l.attempts, 0), coalesce(l.newest, 0))
from job_state s
join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
left join logged l on l.workflow_id = s.workflow_id and l.ordinal = s.ordinal
where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4
  and (
    s.attempt - case when s.state = 2 then 1 else 0 end <> coalesce(l.attempts, 0)
    or coalesce(l.newest, 0) <> coalesce(l.attempts, 0)
  )
limit $5

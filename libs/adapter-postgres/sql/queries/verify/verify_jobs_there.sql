-- I1: a sealed workflow has all of its jobs, each with a state, numbered from 0 without gaps.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select w.id, null::int, format('%s jobs were accepted; %s are there, %s with a state, numbered up to %s',
  w.job_count, coalesce(j.jobs, 0), coalesce(s.jobs, 0), s.last)
from workflow w
left join (
  select workflow_id, count(*) as jobs from job where workflow_id between $1::bigint and $2::bigint group by workflow_id
) j on j.workflow_id = w.id
left join (
  select workflow_id, count(*) as jobs, min(ordinal) as first, max(ordinal) as last
  from job_state where workflow_id between $1 and $2 group by workflow_id
) s on s.workflow_id = w.id
where w.id between $1 and $2 and w.upload_state = 'sealed' and w.archived_at is null
  and (w.job_count, w.job_count, 0, w.job_count - 1) is distinct from
    (coalesce(j.jobs, 0), coalesce(s.jobs, 0), coalesce(s.first, 0), coalesce(s.last, -1))
limit $3

-- Ended workflows that are not archived, oldest first.
-- params: 1 after this workflow id; 2 rows; 3 visible spaces (null: all)
-- rows: workflow id, public id, name, state, run no, jobs, ended_at, ordered_at (null: not since it ended), archived_at (null),
--   folder of its files (null)
-- locks: none
select w.id, w.public_id, w.name, w.state, w.run_no, w.job_count, w.ended_at,
  case when w.archive_ordered_at >= w.ended_at then w.archive_ordered_at end, null::timestamptz, null::text
from workflow w
where w.id > $1::bigint and w.archived_at is null and w.state in ('done', 'partial', 'failed', 'cancelled')
  and ($3::text[] is null or w.space = any ($3))
order by w.id
limit $2

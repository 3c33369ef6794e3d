-- Archived workflows, oldest first: as keep_ended.sql.
-- params: 1 after this workflow id; 2 rows; 3 visible spaces (null: all)
-- rows: as those of keep_ended.sql
-- locks: none
select w.id, w.public_id, w.name, w.state, w.run_no, w.job_count, w.ended_at, null::timestamptz, a.archived_at, a.place
from workflow_archive a
join workflow w on w.id = a.workflow_id
where a.workflow_id > $1::bigint and ($3::text[] is null or w.space = any ($3))
order by a.workflow_id
limit $2

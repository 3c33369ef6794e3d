-- How a workflow stands towards the archive.
-- params: 1 workflow id
-- rows: state, jobs, has its document been kept, is it ordered since it ended, archived_at, folder of its files
-- locks: none
select w.state, w.job_count, w.written_header is not null, coalesce(w.archive_ordered_at >= w.ended_at, false),
  a.archived_at, a.place
from workflow w
left join workflow_archive a on a.workflow_id = w.id
where w.id = $1 and w.upload_state = 'sealed'

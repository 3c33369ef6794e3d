-- Archives a workflow that is as it was when its files were written: ended, in the same run, with no order ahead.
-- params: 1 workflow id; 2 run no; 3 folder of its files, or null; 4 error groups (json)
-- rows: workflow id, if it was archived now
-- locks: the workflow's row; the caller holds the partition's lock
with marked as (
  update workflow w
  set archived_at = now()
  where w.id = $1 and w.run_no = $2 and w.archived_at is null
    and w.state in ('done', 'partial', 'failed', 'cancelled')
    and not exists (select from workflow_command c where c.workflow_id = w.id and c.done_at is null)
  returning w.id, w.archived_at
)
insert into workflow_archive (workflow_id, archived_at, place, errors)
select m.id, m.archived_at, $3::text, $4::jsonb from marked m
returning workflow_id

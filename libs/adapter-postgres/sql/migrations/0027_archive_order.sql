-- compatible
-- An operator ordered that a workflow be archived, whatever its age. It means the end that the workflow had then: a retry
-- that comes first undoes it.
alter table workflow add column archive_ordered_at timestamptz;
create index workflow_archive_ordered on workflow (archive_ordered_at)
  where archive_ordered_at is not null and archived_at is null;

-- Orders that a workflow be archived, if it has ended, is not archived and came with a document that was kept.
-- params: 1 workflow id
-- rows: its id, if it was not ordered before
-- locks: the workflow's row
update workflow w
set archive_ordered_at = now()
where w.id = $1 and w.archived_at is null and w.state in ('done', 'partial', 'failed', 'cancelled')
  and w.written_header is not null and (w.archive_ordered_at is null or w.archive_ordered_at < w.ended_at)
returning w.id

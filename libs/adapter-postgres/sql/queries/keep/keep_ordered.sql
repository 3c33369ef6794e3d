-- Workflows that somebody ordered to archive since they ended, those that were ordered first.
-- params: 1 partitions; 2 rows
-- rows: workflow id, public id, run no
-- locks: none
select w.id, w.public_id, w.run_no
from workflow w
where w.archive_ordered_at is not null and w.archived_at is null and w.archive_ordered_at >= w.ended_at
  and w.state in ('done', 'partial', 'failed', 'cancelled') and w.partition = any ($1::smallint[])
order by w.archive_ordered_at
limit $2

-- Workflows to archive, those that ended first: ended for so long, and with the document that they came as.
-- params: 1 partitions; 2 days; 3 rows
-- rows: workflow id, public id, run no
-- locks: none
select w.id, w.public_id, w.run_no
from workflow w
where w.archived_at is null and w.ended_at < now() - $2::float8 * interval '1 day'
  and w.state in ('done', 'partial', 'failed', 'cancelled') and w.partition = any ($1::smallint[])
  and w.written_header is not null
order by w.ended_at
limit $3

-- Letters by id, with what they are about but not what they hold.
-- params: behind this id, rows at most
-- rows: a DeadLetterView as columns
-- locks: none
select
  d.id::text, d.at, d.first_at, d.times, d.requeued_at, d.stream, d.partition, d.reason,
  octet_length(coalesce(d.bytes, convert_to(d.body, 'UTF8'))), d.batch_id::text, d.session_id::text, s.worker, s.site,
  array(select w.public_id from workflow w where w.id = any (d.workflow_ids) order by w.id), d.jobs
from dead_letter d left join session s on s.id = d.session_id
where d.id > $1::bigint
order by d.id
limit $2

-- Uploads that got no chunk for long, and those whose removal has begun: refused, and for nothing. Oldest first.
-- params: partition[], hours
-- rows: workflow id, at most 100
-- locks: none
select w.id
from workflow w
where w.upload_state <> 'sealed' and w.partition = any ($1::smallint[])
  and (
    w.upload_state = 'refused' and w.refusal is null
    or w.upload_state = 'uploading' and w.created_at < now() - $2::float8 * interval '1 hour' and not exists (
      select from upload_chunk c where c.workflow_id = w.id and c.stored_at >= now() - $2::float8 * interval '1 hour'
    )
  )
order by w.id
limit 100

-- The seal that was asked for, compared with one that is asked for again.
-- params: public id, seal request (json)
-- rows: partition, whether it is the same; false when none was asked for
-- locks: none
select w.partition, coalesce((
  select c.args = $2::jsonb from workflow_command c
  where c.workflow_id = w.id and c.partition = w.partition and c.kind = 'seal'
  order by c.id limit 1
), false)
from workflow w
where w.public_id = $1

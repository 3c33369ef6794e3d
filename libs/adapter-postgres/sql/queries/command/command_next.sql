-- The oldest command of some partitions that is not done, one a partition.
-- hot
-- params: partitions, ids of commands to pass over
-- rows: id, workflow_id, partition, kind, args (json text)
-- locks: none; the caller takes the partition's lock and looks again
select c.id, c.workflow_id, c.partition, c.kind, c.args::text
from unnest($1::smallint[]) as p(partition)
cross join lateral (
  select o.id, o.workflow_id, o.partition, o.kind, o.args
  from workflow_command o
  where o.partition = p.partition and o.done_at is null and o.id <> all ($2::bigint[])
  order by o.id
  limit 1
) c

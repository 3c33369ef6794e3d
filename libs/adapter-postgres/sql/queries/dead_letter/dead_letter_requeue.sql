-- Marks a letter as put back into its stream. It stays until it is handled: the stream may lose it. A report, or a part of one,
-- goes back as a report of its own, with an id of its own: what was judged of the first one stands.
-- params: id
-- rows: stream, partition, body, bytes
-- locks: its row
with named as (
  select l.id, replace(l.body, l.batch, gen_random_uuid()::text) as body
  from (
    select d.id, d.body, substring(d.body from '^{"batchId":"([0-9a-fA-F-]{36})"') as batch
    from dead_letter d
    where d.id = $1::bigint and d.bytes is null and d.batch_id is not null
    for update
  ) l
)
update dead_letter d
set
  requeued_at = now(),
  body = coalesce(n.body, d.body),
  digest = coalesce(sha256(convert_to(n.body, 'UTF8')), d.digest)
from (select $1::bigint as id) l
left join named n on n.id = l.id
where d.id = l.id
returning d.stream, d.partition, d.body, d.bytes

-- Removes old leases under which nothing runs, of workflows that have all ended: no late end of theirs can count any more.
-- Goes through the leases in the order of their ids, up to the first that is not old.
-- params: 1 id of the last lease that was looked at; 2 days; 3 rows
-- rows: id of the last one looked at now (null: there is none), how many are gone
-- locks: their rows
with looked as (
  select l.id, l.open, l.workflow_ids
  from (select l.id, l.open, l.workflow_ids, l.granted_at from lease l where l.id > $1 order by l.id limit $3) l
  where l.granted_at < now() - $2::float8 * interval '1 day'
),
gone as (
  delete from lease l
  using looked o
  where l.id = o.id and o.open = 0 and l.open = 0 and not exists (
    select from workflow w where w.id = any (o.workflow_ids) and w.state in ('running', 'paused')
  )
  returning 1
)
select (select max(o.id) from looked o), (select count(*)::int from gone)

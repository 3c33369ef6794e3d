-- Finds sessions that fell silent, by PostgreSQL's clock only: silent over the first term they are suspect and get no new
-- leases; over the second they are orphans.
-- params: suspect sec, orphan sec
-- rows: id, 'suspect' (just became) or 'orphan', sessions alive in all
-- locks: session rows that become suspect
with alive as materialized (
  select s.id, s.state, extract(epoch from now() - s.heartbeat_at) as silent_sec
  from session s
  where s.state in ('live', 'suspect', 'draining')
),
suspected as (
  update session s set state = 'suspect'
  from alive a
  where s.id = a.id and a.state in ('live', 'draining') and a.silent_sec > $1::float8 and s.heartbeat_at < now() - $1::float8 * interval '1 second'
  returning s.id
)
select s.id, 'suspect', (select count(*)::int from alive) from suspected s
union all
select a.id, 'orphan', (select count(*)::int from alive) from alive a where a.silent_sec > $2::float8

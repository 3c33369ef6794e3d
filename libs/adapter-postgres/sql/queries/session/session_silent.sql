-- Finds sessions that are silent, by PostgreSQL's clock only. Those over their site's first term become suspect and get no
-- new leases. Only if one is over the second, more is told: all that are silent, who else is heard, and for how long each
-- of our own services has been there.
-- params: 1 suspect sec and 2 orphan sec where the site has none; 3 longest break of a service in seconds that is none
-- rows: what ('suspect': just became; 'silent'; 'heard': sessions of a site; 'service'), id, site or service,
--   silent sec or whole sec (0: the service is away), orphan sec, sessions (of a silent one: leases that are open)
-- locks: session rows that become suspect, those of others skipped
with alive as materialized (
  select
    s.id, s.site, s.state, extract(epoch from now() - s.heartbeat_at)::float8 as silent_sec,
    coalesce(h.suspect_sec, $1::float8) as suspect_sec, coalesce(h.orphan_sec, $2::float8) as orphan_sec
  from session s
  left join site h on h.name = s.site
  where s.state in ('live', 'suspect', 'draining')
),
due as materialized (
  select s.id
  from session s
  where s.id = any (array(select a.id from alive a where a.state <> 'suspect' and a.silent_sec > a.suspect_sec))
    and s.state in ('live', 'draining')
  order by s.id
  for update skip locked
),
suspected as (
  update session s set state = 'suspect' from due d where s.id = d.id returning s.id
),
orphaned as materialized (select exists (select 1 from alive a where a.silent_sec > a.orphan_sec) as any)
select 'suspect', s.id, null, null::float8, null::float8, null::int from suspected s
union all
select
  'silent', a.id, a.site, a.silent_sec, a.orphan_sec,
  (select count(*)::int from lease l where l.session_id = a.id and l.open > 0)
from alive a
where a.silent_sec > a.suspect_sec and (select o.any from orphaned o)
union all
select 'heard', null, a.site, null, null, count(*)::int
from alive a
where a.silent_sec <= a.suspect_sec and (select o.any from orphaned o)
group by a.site
union all
select 'service', null, w.service, case
    when w.seen_at < now() - $3::float8 * interval '1 second' then 0
    else extract(epoch from now() - w.up_since_at)::float8
  end, null, null
from service_watch w
where (select o.any from orphaned o)

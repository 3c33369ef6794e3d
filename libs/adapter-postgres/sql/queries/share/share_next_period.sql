-- Begins the next period of allocations whose period is over: what was used until now counts no more. Safe to repeat, and
-- for many at once.
-- params: none
-- rows: ids
-- locks: the rows
with over as materialized (
  select s.id, s.path, s.period_from, s.period_sec
  from share s
  where s.core_hours is not null and s.period_from + s.period_sec * interval '1 second' <= now()
  order by s.id
  for update skip locked
)
update share s
set
  used_before = coalesce((
    select sum(u.core_sec)
    from (select share_id, core_sec from share_use union all select share_id, core_sec from share_outside) u
    join share b on b.id = u.share_id
    where b.path = o.path or starts_with(b.path, o.path || '/')
  ), 0),
  period_from = o.period_from
    + floor(extract(epoch from now() - o.period_from) / o.period_sec) * o.period_sec * interval '1 second'
from over o
where s.id = o.id
returning s.id

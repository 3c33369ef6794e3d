-- Adds use outside Sluice.
-- params: site, path[], core seconds[]
-- rows: none
-- locks: the rows, by share
insert into share_outside as o (share_id, site, core_sec, decayed_core_sec, used_at)
select s.id, $1, u.core_sec, u.core_sec, now()
from unnest($2::text[], $3::float8[]) as u(path, core_sec)
join share s on s.path = u.path
order by s.id
on conflict (share_id, site) do update
set
  core_sec = o.core_sec + excluded.core_sec,
  decayed_core_sec = o.decayed_core_sec * power(0.5, least(
    greatest(extract(epoch from excluded.used_at - o.used_at), 0)::float8 / (select t.half_life_sec from share_setting t), 1000
  )) + excluded.decayed_core_sec,
  used_at = greatest(o.used_at, excluded.used_at)

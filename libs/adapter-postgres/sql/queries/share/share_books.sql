-- Every share with what it used: itself alone, without what is below it.
-- params: none
-- rows: id, parent id, path, weight, core hours (null: no allocation), period sec (null: one without end), period began
--   (ms, null: none), used before the period (core sec), strict, used ever (core sec), use after the decay (core sec),
--   whether its period is over, use after the decay outside Sluice (core sec)
-- locks: none
select
  s.id, s.parent_id, s.path, s.weight, s.core_hours, s.period_sec, extract(epoch from s.period_from)::float8 * 1000,
  s.used_before, s.strict, u.core_sec + o.core_sec, u.decayed + o.decayed,
  coalesce(s.period_from + s.period_sec * interval '1 second' <= now(), false), o.decayed
from share s
cross join share_setting t
cross join lateral (
  select
    coalesce(sum(r.core_sec), 0) as core_sec,
    coalesce(sum(r.decayed_core_sec * power(0.5, least(
      greatest(extract(epoch from now() - r.used_at)::float8, 0) / t.half_life_sec, 1000
    ))), 0) as decayed
  from share_use r
  where r.share_id = s.id
) u
cross join lateral (
  select
    coalesce(sum(r.core_sec), 0) as core_sec,
    coalesce(sum(r.decayed_core_sec * power(0.5, least(
      greatest(extract(epoch from now() - r.used_at)::float8, 0) / t.half_life_sec, 1000
    ))), 0) as decayed
  from share_outside r
  where r.share_id = s.id
) o

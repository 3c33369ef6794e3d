-- Every share with what it used: itself alone, without what is below it.
-- params: none
-- rows: id, parent id, path, weight, core hours (null: no allocation), period sec (null: one without end), period began
--   (ms, null: none), used before the period (core sec), strict, used ever (core sec), use after the decay (core sec),
--   whether its period is over, use after the decay outside Sluice (core sec)
-- locks: none
with used as (
  select u.share_id, sum(u.core_sec) as core_sec, sum(u.outside) as outside, sum(u.decayed) as decayed
  from (
    select r.share_id, r.core_sec, 0::float8 as outside,
      r.decayed_core_sec * power(0.5, least(greatest(extract(epoch from now() - r.used_at), 0) / t.half_life_sec, 1000)::float8) as decayed
    from share_use r, share_setting t
    union all
    select o.share_id, o.core_sec,
      o.decayed_core_sec * power(0.5, least(greatest(extract(epoch from now() - o.used_at), 0) / t.half_life_sec, 1000)::float8),
      o.decayed_core_sec * power(0.5, least(greatest(extract(epoch from now() - o.used_at), 0) / t.half_life_sec, 1000)::float8)
    from share_outside o, share_setting t
  ) u
  group by u.share_id
)
select
  s.id, s.parent_id, s.path, s.weight, s.core_hours, s.period_sec, extract(epoch from s.period_from)::float8 * 1000,
  s.used_before, s.strict, coalesce(u.core_sec, 0), coalesce(u.decayed, 0),
  coalesce(s.period_from + s.period_sec * interval '1 second' <= now(), false),
  coalesce(u.outside, 0)
from share s
left join used u on u.share_id = s.id

-- Says whether it is this broker that looks now: none has for so long. What was open when brokers were away for long was
-- seen until then.
-- hot
-- params: 1 seconds that two looks are apart, 2 seconds after which brokers were away
-- rows: one if this broker looks; none if another did
-- locks: class_wait_look, class_wait
with before as materialized (
  select l.looked_at from class_wait_look l
),
taken as (
  update class_wait_look l
  set looked_at = now()
  where l.looked_at <= now() - $1::float8 * interval '1 second'
  returning l.looked_at
),
closed as (
  update class_wait w
  set until_at = greatest(w.from_at, b.looked_at)
  from before b, taken t
  where w.until_at is null and b.looked_at < now() - $2::float8 * interval '1 second'
  returning w.id
)
select true, (select count(*)::int from closed) from taken

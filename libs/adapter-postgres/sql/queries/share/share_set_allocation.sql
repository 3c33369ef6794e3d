-- Sets an allocation, or takes it away. Anew: its period begins now, and what was used until now does not count.
-- params: path, core hours (null: none), period sec (null: without end), strict, anew
-- rows: none
-- locks: the row
update share s
set
  core_hours = $2::float8, period_sec = $3::float8, strict = $4::bool,
  period_from = case when $5::bool then now() else s.period_from end,
  used_before = case when $5::bool then coalesce((
    select sum(u.core_sec)
    from (select share_id, core_sec from share_use union all select share_id, core_sec from share_outside) u
    join share b on b.id = u.share_id
    where b.path = s.path or starts_with(b.path, s.path || '/')
  ), 0) else s.used_before end
where s.path = $1

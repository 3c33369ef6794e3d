-- Begins to count under a limit, from nothing and without caps: what is granted and what ends from here on. The caller has
-- locked the lease table (limit-store.ts), so that nothing starts or ends meanwhile; limit_count.sql counts what runs now.
-- params: kind, name
-- rows: id, change that began it
-- locks: limit_change row, limit_use row, limit_ended rows; the caller's lock of lease
with changed as (
  update limit_change c
  set no = c.no + 1, lease_id = coalesce((select l.id from lease l order by l.id desc limit 1), 0)
  returning c.no
),
made as (
  insert into limit_use as u (kind, name, counting)
  select $1, $2, c.no from changed c
  on conflict (kind, name) do update
  set cap_jobs = null, cap_millicores = null, granted_jobs = 0, granted_millicores = 0, counting = excluded.counting
  returning u.id, u.counting
),
ended as (
  insert into limit_ended (limit_id, partition)
  select m.id, p.no from made m, generate_series(0, 15) as p(no)
  on conflict (limit_id, partition) do update set jobs = 0, millicores = 0
)
select m.id, m.counting from made m

-- Puts a limit in force: adds what ran when its counting began, and sets its caps. Not if it was begun anew, or removed.
-- params: 1 id, 2 change that began it, 3 jobs, 4 millicores that ran then; caps: 5 jobs, 6 millicores (null: no cap)
-- rows: id
-- locks: limit_use row, limit_change row
with counted as (
  update limit_use u
  set
    granted_jobs = u.granted_jobs + $3::bigint, granted_millicores = u.granted_millicores + $4::bigint,
    cap_jobs = $5::int, cap_millicores = $6::bigint, counting = null
  where u.id = $1 and u.counting = $2::bigint
  returning u.id
),
changed as (update limit_change c set no = c.no + 1 where exists (select from counted))
select n.id from counted n

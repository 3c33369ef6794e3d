-- Changes the caps of a limit that is in force. A grant under way is waited for; the next is judged by the new ones.
-- params: 1 kind, 2 name, 3 jobs (null: no cap), 4 millicores (null: no cap)
-- rows: id, if it is in force
-- locks: limit_use row, limit_change row
with capped as (
  update limit_use u
  set cap_jobs = $3::int, cap_millicores = $4::bigint
  where u.kind = $1 and u.name = $2 and u.counting is null
  returning u.id
),
changed as (update limit_change c set no = c.no + 1 where exists (select from capped))
select p.id from capped p

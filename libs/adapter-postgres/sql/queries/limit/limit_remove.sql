-- Removes a limit: what runs under it goes on, uncounted.
-- params: kind, name
-- rows: id, if there was one
-- locks: limit_use row, limit_ended rows, limit_change row
with gone as (delete from limit_use u where u.kind = $1 and u.name = $2 returning u.id),
uncounted as (delete from limit_ended x using gone g where x.limit_id = g.id),
changed as (update limit_change c set no = c.no + 1 where exists (select from gone))
select g.id from gone g

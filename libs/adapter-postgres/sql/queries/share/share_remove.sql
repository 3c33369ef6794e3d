-- Removes a share with what was reported for it.
-- params: path
-- rows: id
-- locks: the rows
with gone as (select s.id from share s where s.path = $1),
spaces as (delete from share_space p using gone g where p.share_id = g.id),
used as (delete from share_use u using gone g where u.share_id = g.id),
outside as (delete from share_outside o using gone g where o.share_id = g.id)
delete from share s using gone g where s.id = g.id returning s.id

-- The newest workflow with exactly this name.
-- params: 1 name
-- rows: id, public_id (at most 1)
-- locks: none
select w.id, w.public_id
from workflow w
where w.upload_state = 'sealed' and md5(w.name) = md5($1) and w.name = $1
order by w.id desc
limit 1

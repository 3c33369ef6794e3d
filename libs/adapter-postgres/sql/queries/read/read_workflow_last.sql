-- The workflow that was submitted last, or n before it.
-- params: 1 n, from 0
-- rows: id, public_id (at most 1)
-- locks: none
select w.id, w.public_id
from workflow w
where w.upload_state = 'sealed'
order by w.submitted_at desc, w.id desc
offset $1
limit 1

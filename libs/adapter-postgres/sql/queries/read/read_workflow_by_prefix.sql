-- Workflows whose public id begins so.
-- params: 1 prefix, characters [a-z0-9-] only; 2 rows
-- rows: id, public_id
-- locks: none
select w.id, w.public_id
from workflow w
where w.upload_state = 'sealed' and w.public_id like $1 || '%'
order by w.public_id
limit $2

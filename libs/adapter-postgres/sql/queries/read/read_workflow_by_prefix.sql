-- Workflows whose public id begins so. Two are enough to know that the prefix is not unique.
-- params: 1 prefix, characters [a-z0-9-] only
-- rows: id, public_id (at most 2)
-- locks: none
select w.id, w.public_id
from workflow w
where w.upload_state = 'sealed' and w.public_id like $1 || '%'
order by w.public_id
limit 2

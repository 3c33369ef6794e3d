-- Workflows whose public id begins so.
-- params: 1 prefix, characters [a-z0-9-] only; 2 rows; 3 visible spaces (null: all)
-- rows: id, public_id, space, issuer and subject of its owner
-- locks: none
select w.id, w.public_id, w.space, w.owner_issuer, w.owner_subject
from workflow w
where w.upload_state = 'sealed' and ($3::text[] is null or w.space = any ($3)) and w.public_id like $1 || '%'
order by w.public_id
limit $2

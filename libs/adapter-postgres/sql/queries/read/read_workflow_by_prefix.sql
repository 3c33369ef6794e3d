-- Workflows whose public id begins so. Not by `like`, of which PostgreSQL does not know that it tells nobody what it saw:
-- behind row-level security it would not go by the index.
-- params: 1 prefix, characters [a-z0-9-] only; 2 rows; 3 visible spaces (null: all)
-- rows: id, public_id, space, issuer and subject of its owner
-- locks: none
select w.id, w.public_id, w.space, w.owner_issuer, w.owner_subject
from workflow w
where w.upload_state = 'sealed' and ($3::text[] is null or w.space = any ($3)) and w.public_id ~>=~ $1 and w.public_id ~<~ ($1 || '~')
order by w.public_id
limit $2

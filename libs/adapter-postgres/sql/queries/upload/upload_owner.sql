-- Whose an upload is, sealed or not.
-- params: 1 public id; 2 visible spaces (null: all)
-- rows: space, issuer and subject of its owner (at most 1)
-- locks: none
select w.space, w.owner_issuer, w.owner_subject
from workflow w
where w.public_id = $1 and ($2::text[] is null or w.space = any ($2))

-- The newest workflow with exactly this name.
-- params: 1 name; 2 visible spaces (null: all)
-- rows: id, public_id, space, issuer and subject of its owner (at most 1)
-- locks: none
select w.id, w.public_id, w.space, w.owner_issuer, w.owner_subject
from workflow w
where w.upload_state = 'sealed' and ($2::text[] is null or w.space = any ($2)) and md5(w.name) = md5($1) and w.name = $1
order by w.id desc
limit 1

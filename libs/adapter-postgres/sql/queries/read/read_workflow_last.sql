-- The workflow that was submitted last, or n before it.
-- params: 1 n, from 0; 2 visible spaces (null: all)
-- rows: id, public_id, space, issuer and subject of its owner (at most 1)
-- locks: none
select w.id, w.public_id, w.space, w.owner_issuer, w.owner_subject
from workflow w
where w.upload_state = 'sealed' and ($2::text[] is null or w.space = any ($2))
order by w.submitted_at desc, w.id desc
offset $1
limit 1

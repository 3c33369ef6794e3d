-- The workflow an idempotency key made.
-- params: space, owner issuer, owner subject, idempotency key, header (json)
-- rows: public id, whether its header is the same
-- locks: none
select public_id, header = $5::jsonb
from workflow
where space = $1 and owner_issuer = $2 and owner_subject = $3 and idempotency_key = $4

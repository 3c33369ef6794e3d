-- Files of a space, newest first.
-- params: space, before this id (null: from the newest), rows at most
-- rows: a FileView as columns
-- locks: none
select
  f.id::text, encode(f.sha256, 'hex'), f.bytes::text, f.media_type, f.creator_issuer, f.creator_subject, f.created_at,
  f.last_used_at
from file f
where f.space = $1 and ($2::bigint is null or f.id < $2::bigint)
order by f.id desc
limit $3

-- One file.
-- params: space, checksum
-- rows: at most one, a FileView as columns
-- locks: none
select
  f.id::text, encode(f.sha256, 'hex'), f.bytes::text, f.media_type, f.creator_issuer, f.creator_subject, f.created_at,
  f.last_used_at
from file f
where f.space = $1 and f.sha256 = $2

-- A file is kept no more.
-- params: space, checksum
-- rows: at most one, the FileView that it was, as columns
-- locks: the row of file
delete from file f where f.space = $1 and f.sha256 = $2
returning
  f.id::text, encode(f.sha256, 'hex'), f.bytes::text, f.media_type, f.creator_issuer, f.creator_subject, f.created_at,
  f.last_used_at

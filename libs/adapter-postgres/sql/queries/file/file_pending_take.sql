-- Takes a note of bytes on their way: who has taken it decides what becomes of them.
-- params: id
-- rows: at most one: bytes (null: its room went back already), media type, issuer, subject
-- locks: the row of file_pending
delete from file_pending where id = $1
returning bytes::text, media_type, creator_issuer, creator_subject

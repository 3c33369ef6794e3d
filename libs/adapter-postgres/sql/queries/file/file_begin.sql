-- Notes that bytes are on their way into the store.
-- params: space, checksum, bytes (null: takes no room), media type, issuer, subject, seconds for which that holds unless it is renewed
-- rows: its id
-- locks: none that others wait for
insert into file_pending (space, sha256, bytes, media_type, creator_issuer, creator_subject, until_at)
values ($1, $2, $3::bigint, $4, $5, $6, now() + $7::int * interval '1 second')
returning id::text

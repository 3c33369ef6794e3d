-- A file is kept from here on. No row when another upload of the same bytes was quicker.
-- params: space, checksum, bytes, media type, issuer, subject
-- rows: id, if it was added
-- locks: none that others wait for
insert into file (space, sha256, bytes, media_type, creator_issuer, creator_subject)
values ($1, $2, $3::bigint, $4, $5, $6)
on conflict (space, sha256) do nothing
returning id::text

-- Notes that a file was used; seldom enough that reading it often costs nothing.
-- params: space, checksum
-- rows: none
-- locks: the row of file
update file set last_used_at = now()
where space = $1 and sha256 = $2 and last_used_at < now() - interval '1 hour'

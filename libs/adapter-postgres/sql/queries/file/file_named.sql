-- Whether anything names the bytes of a place.
-- params: space, checksum
-- rows: one: whether
-- locks: none
select exists (select from file f where f.space = $1 and f.sha256 = $2)
  or exists (select from file_pending p where p.space = $1 and p.sha256 = $2)

-- Which of some files a space does not have.
-- params: space, checksums (hexadecimal)
-- rows: checksum
-- locks: none
select n.sha256
from unnest($2::text[]) n(sha256)
where not exists (select from file f where f.space = $1 and f.sha256 = decode(n.sha256, 'hex'))

-- Notes of bytes that nobody brings any more.
-- params: rows at most
-- rows: id, space, checksum
-- locks: none: who takes one decides
select p.id::text, p.space, encode(p.sha256, 'hex')
from file_pending p
where p.until_at < now()
order by p.until_at
limit $1

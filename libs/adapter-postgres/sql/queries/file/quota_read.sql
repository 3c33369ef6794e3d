-- What a space or user keeps, and may keep.
-- params: kind, issuer, name
-- rows: at most one: files, their bytes, its own cap or null
-- locks: none
select files::text, file_bytes::text, cap_file_bytes::text
from quota
where kind = $1 and issuer = $2 and name = $3

-- What a space or user keeps, and may keep.
-- params: kind, issuer, name
-- rows: one: files, their bytes, its own cap or null
-- locks: none
select
  coalesce(q.files, 0)::text, coalesce(q.file_bytes, 0)::text,
  coalesce(q.cap_file_bytes, (select s.file_bytes_max from space s where w.kind = 'space' and s.name = w.name))::text
from (values ($1::text, $2::text, $3::text)) w(kind, issuer, name)
left join quota q on q.kind = w.kind and q.issuer = w.issuer and q.name = w.name

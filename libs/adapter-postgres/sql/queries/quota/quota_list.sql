-- Spaces and users that have a cap, and what they keep.
-- params: none
-- rows: a QuotaView as columns
-- locks: none
select 'space', '', s.name, s.file_bytes_max::float8, s.queued_jobs_max::float8, coalesce(q.files, 0)::float8,
  coalesce(q.file_bytes, 0)::float8
from space s left join quota q on q.kind = 'space' and q.issuer = '' and q.name = s.name
where s.file_bytes_max is not null or s.queued_jobs_max is not null
union all
select q.kind, q.issuer, q.name, q.cap_file_bytes::float8, q.cap_queued_jobs::float8, q.files::float8, q.file_bytes::float8
from quota q
where q.kind = 'user' and (q.cap_file_bytes is not null or q.cap_queued_jobs is not null)
order by 1, 3, 2

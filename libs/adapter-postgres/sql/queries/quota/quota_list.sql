-- Spaces and users that have a cap, and what they keep. Caps of running cores are limits.
-- params: only those behind (or null): 1 kind, 2 name, 3 issuer; 4 most rows
-- rows: a QuotaView as columns
-- locks: none
select c.kind, c.issuer, c.name, c.file_bytes_max, c.queued_jobs_max, c.files, c.file_bytes, c.cores_max
from (
  select 'space' as kind, '' as issuer, s.name, s.file_bytes_max::float8, s.queued_jobs_max::float8,
    coalesce(q.files, 0)::float8 as files, coalesce(q.file_bytes, 0)::float8 as file_bytes,
    (u.cap_millicores / 1000.0)::float8 as cores_max
  from space s
  left join quota q on q.kind = 'space' and q.issuer = '' and q.name = s.name
  left join limit_use u on u.kind = 'space' and u.name = s.name and u.counting is null
  union all
  select q.kind, q.issuer, q.name, q.cap_file_bytes::float8, q.cap_queued_jobs::float8, q.files::float8, q.file_bytes::float8,
    (u.cap_millicores / 1000.0)::float8
  from quota q
  left join limit_use u on u.kind = 'user' and u.name = owner_name(q.issuer, q.name) and u.counting is null
  where q.kind = 'user'
) c
where ($1::text is null or (c.kind, c.name, c.issuer) > ($1, $2::text, $3::text))
  and (c.file_bytes_max is not null or c.queued_jobs_max is not null or c.cores_max is not null)
order by c.kind, c.name, c.issuer
limit $4

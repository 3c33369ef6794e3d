-- Sets caps of a quota, new or known; one that is not given stays.
-- params: kind, issuer, name, whether bytes are given, cap of bytes or null, whether jobs are given, cap of jobs or null
-- rows: a QuotaView as columns
-- locks: the row of quota
insert into quota as q (kind, issuer, name, cap_file_bytes, cap_queued_jobs)
values ($1, $2, $3, case when $4::boolean then $5::bigint end, case when $6::boolean then $7::int end)
on conflict (kind, issuer, name) do update set
  cap_file_bytes = case when $4::boolean then $5::bigint else q.cap_file_bytes end,
  cap_queued_jobs = case when $6::boolean then $7::int else q.cap_queued_jobs end
returning q.kind, q.issuer, q.name, q.cap_file_bytes::float8, q.cap_queued_jobs::float8, q.files::float8, q.file_bytes::float8,
  (select u.cap_millicores / 1000.0 from limit_use u
   where u.kind = 'user' and u.name = owner_name(q.issuer, q.name) and u.counting is null)::float8

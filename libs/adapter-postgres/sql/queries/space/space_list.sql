-- Spaces by name.
-- params: 1 visible spaces (null: all); 2 name of the last one of the page before, or null; 3 rows; 4 the only one, or null
-- rows: name, output prefix, most queued jobs, running cores (whole ones of the limit of the space), bytes of files, bytes of logs (each null: no bound), created_at
-- locks: none
select
  s.name, s.output_prefix, s.queued_jobs_max::float8,
  (select floor(u.cap_millicores / 1000.0) from limit_use u where u.kind = 'space' and u.name = s.name and u.counting is null)::float8,
  s.file_bytes_max::float8, s.log_bytes_max::float8, s.created_at
from space s
where ($1::text[] is null or s.name = any ($1)) and ($2::text is null or s.name > $2)
  and ($4::text is null or s.name = $4)
order by s.name
limit $3

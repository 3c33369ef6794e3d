-- Spaces by name.
-- params: 1 visible spaces (null: all); 2 name of the last one of the page before, or null; 3 rows; 4 the only one, or null
-- rows: name, output prefix, most queued jobs, running cores, bytes of files, bytes of logs (each null: no bound), created_at
-- locks: none
select
  s.name, s.output_prefix, s.queued_jobs_max::float8, s.running_cores_max::float8, s.file_bytes_max::float8,
  s.log_bytes_max::float8, s.created_at
from space s
where ($1::text[] is null or s.name = any ($1)) and ($2::text is null or s.name > $2)
  and ($4::text is null or s.name = $4)
order by s.name
limit $3

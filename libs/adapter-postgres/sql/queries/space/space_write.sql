-- Makes a space, or changes what is given of it.
-- params: 1 name; 2 what is given (json: outputPrefix, queuedJobs, fileBytes, logBytes; a null takes away)
-- rows: whether it is new
-- locks: space row
insert into space as s (name, output_prefix, queued_jobs_max, file_bytes_max, log_bytes_max)
select $1, g."outputPrefix", g."queuedJobs", g."fileBytes", g."logBytes"
from jsonb_to_record($2::jsonb) as g(
  "outputPrefix" text, "queuedJobs" bigint, "fileBytes" bigint, "logBytes" bigint
)
on conflict (name) do update set
  output_prefix = case when $2::jsonb ? 'outputPrefix' then excluded.output_prefix else s.output_prefix end,
  queued_jobs_max = case when $2::jsonb ? 'queuedJobs' then excluded.queued_jobs_max else s.queued_jobs_max end,
  file_bytes_max = case when $2::jsonb ? 'fileBytes' then excluded.file_bytes_max else s.file_bytes_max end,
  log_bytes_max = case when $2::jsonb ? 'logBytes' then excluded.log_bytes_max else s.log_bytes_max end
returning s.xmax = 0

-- Makes a session for a worker that starts.
-- params: site, worker, cores, memory MiB, walltime sec (or null), tags (json), transforms, work dir (or null)
-- rows: session id
-- locks: none
insert into session (site, worker, cores, memory_mib, walltime_end_at, tags, transforms, work_dir)
values ($1, $2, $3, $4, now() + $5::int * interval '1 second', $6::jsonb, $7::text[], $8)
returning id

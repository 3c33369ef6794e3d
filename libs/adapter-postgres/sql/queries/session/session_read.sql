-- Sessions as the broker needs them to choose jobs.
-- params: session ids
-- rows: id, site, cores, memory MiB, transforms, state
-- locks: none
select s.id, s.site, s.cores, s.memory_mib, s.transforms, s.state
from session s
where s.id = any ($1::bigint[])

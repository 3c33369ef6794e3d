-- What jobs of these classes need.
-- params: 1 class ids
-- rows: id, transform, cores, memory MiB, gpus, walltime sec, sites, mode
-- locks: none
select c.id, c.transform, c.cores, c.memory_mib, c.gpus, c.walltime_sec, c.sites, c.mode
from ready_class c
where c.id = any($1::int[])

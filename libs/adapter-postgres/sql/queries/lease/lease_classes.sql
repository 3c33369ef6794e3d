-- Ready classes that the broker does not know yet.
-- params: newest class id it knows
-- rows: id, transform, cores, memory MiB, gpus, disk MiB, walltime sec, sites, mode, share (null: none)
-- locks: none
select c.id, c.transform, c.cores, c.memory_mib, c.gpus, c.disk_mib, c.walltime_sec, c.sites, c.mode, c.share_id
from ready_class c
where c.id > $1
order by c.id

-- Makes the ready classes that do not exist, in order of key: two uploads making the same ones must not deadlock.
-- params: key[], transform[], cores[], memory_mib[], gpus[], disk_mib[], walltime_sec[], sites[] (json texts), mode[],
--   share[]
-- rows: none
-- locks: none that others wait for
insert into ready_class (key, transform, cores, memory_mib, gpus, disk_mib, walltime_sec, sites, mode, share_id)
select c.key, c.transform, c.cores, c.memory_mib, c.gpus, c.disk_mib, c.walltime_sec,
  array(select jsonb_array_elements_text(c.sites::jsonb)), c.mode, c.share_id
from unnest($1::text[], $2::text[], $3::real[], $4::int[], $5::int[], $6::int[], $7::int[], $8::text[], $9::text[], $10::int[])
  as c(key, transform, cores, memory_mib, gpus, disk_mib, walltime_sec, sites, mode, share_id)
where not exists (select from ready_class known where known.key = c.key)
order by c.key
on conflict (key) do nothing

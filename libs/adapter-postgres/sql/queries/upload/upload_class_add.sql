-- Makes the ready classes that do not exist, in order of key: two uploads making the same ones must not deadlock.
-- params: key[], what jobs need (json by columns)[]
-- rows: none
-- locks: none that others wait for
insert into ready_class (
  key, transform, cores, memory_mib, gpus, disk_mib, walltime_sec, sites, avoid_sites, tags, features, mode, preemptible,
  limits, space, owner, share_id, workflow
)
select
  c.key, n.transform, n.cores, n.memory_mib, n.gpus, n.disk_mib, n.walltime_sec, n.sites, n.avoid_sites, n.tags,
  n.features, n.mode, n.preemptible, n.limits, n.space, n.owner, n.share_id, n.workflow
from unnest($1::text[], $2::text[]) as c(key, needs)
cross join lateral jsonb_populate_record(null::ready_class, c.needs::jsonb) n
where not exists (select from ready_class known where known.key = c.key)
order by c.key
on conflict (key) do nothing

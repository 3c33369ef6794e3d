-- The sites that an order changes, as they are; those that are not there yet are missing.
-- params: names
-- rows: name, state, tags, pull cores, pull memory MiB, suspect sec, orphan sec, cut-off stop sec, sandbox, ordered how
-- locks: site rows by name
select
  s.name, s.state, s.tags, s.pull_cores, s.pull_memory_mib, s.suspect_sec, s.orphan_sec, s.cut_off_stop_sec, s.sandbox,
  s.ordered_how
from site s
where s.name = any ($1::text[])
order by s.name
for update

-- Writes sites as an order leaves them. Why, who and when stay with the last order that changed the state, or that says why.
-- params: 1 sites (json array), 2 note, 3 by, 4 how
-- rows: none
-- locks: site rows by name
insert into site as s (
  name, state, tags, pull_cores, pull_memory_mib, suspect_sec, orphan_sec, cut_off_stop_sec, sandbox, note, ordered_by,
  ordered_how
)
select
  n.name, n.state, n.tags, n."pullCores", n."pullMemoryMib", n."suspectSec", n."orphanSec", n."cutOffStopSec",
  n.sandbox, $2, $3, $4
from json_to_recordset($1::json) as n(
  name text, state text, tags jsonb, "pullCores" int, "pullMemoryMib" int, "suspectSec" int, "orphanSec" int,
  "cutOffStopSec" int, sandbox text
)
order by n.name
on conflict (name) do update set
  state = excluded.state,
  tags = excluded.tags,
  pull_cores = excluded.pull_cores,
  pull_memory_mib = excluded.pull_memory_mib,
  suspect_sec = excluded.suspect_sec,
  orphan_sec = excluded.orphan_sec,
  cut_off_stop_sec = excluded.cut_off_stop_sec,
  sandbox = excluded.sandbox,
  note = case when s.state <> excluded.state or $2 <> '' then $2 else s.note end,
  ordered_by = case when s.state <> excluded.state or $2 <> '' then $3 else s.ordered_by end,
  ordered_how = case when s.state <> excluded.state then $4 else s.ordered_how end,
  ordered_at = case when s.state <> excluded.state or $2 <> '' then now() else s.ordered_at end

-- A job of each error group, as it failed: that attempt stays what it is when the job runs again.
-- hot
-- params: 1 workflow id; of each group: 2 fingerprint, 3 ordinal
-- rows: fingerprint, name, label, reason, exit code, signal, message
-- locks: none
select g.fingerprint, j.name, t.label, a.reason, a.exit_code, a.signal, a.message
from unnest($2::bigint[], $3::int[]) as g(fingerprint, ordinal)
cross join lateral (
  select a.reason, a.exit_code, a.signal, a.message
  from attempt a
  where a.workflow_id = $1 and a.ordinal = g.ordinal and a.fingerprint = g.fingerprint
  order by a.attempt desc
  limit 1
) a
join job j on j.workflow_id = $1 and j.ordinal = g.ordinal
join task t on t.workflow_id = $1 and t.ordinal = j.task

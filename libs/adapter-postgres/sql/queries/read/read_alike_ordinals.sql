-- Jobs of a workflow of which an attempt failed, at most so many: whether read_alike_jobs.sql is worth it, and where
-- read_error_groups.sql has to look.
-- hot
-- params: 1 workflow id; ranges of fingerprints: 2 from[], 3 to[] (both included); 4 rows
-- rows: ordinal; one that failed several times comes several times
-- locks: none
select f.ordinal
from unnest($2::bigint[], $3::bigint[]) as r(low, high)
cross join lateral (
  select a.ordinal from attempt a
  where a.workflow_id = $1 and a.fingerprint between r.low and r.high
  limit $4
) f
limit $4

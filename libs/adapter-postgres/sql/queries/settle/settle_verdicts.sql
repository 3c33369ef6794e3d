-- Tells `duplicate` from `stale` for events that did not count: a duplicate's attempt ended before under its own lease.
-- hot
-- params: workflow_id[], ordinal[], attempt[], lease_id[]
-- rows: positions (from 1) of the duplicates
-- locks: none
select e.no
from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[]) with ordinality as e(
  workflow_id, ordinal, attempt, lease_id, no
)
join attempt a
  on a.workflow_id = e.workflow_id and a.ordinal = e.ordinal and a.attempt = e.attempt and a.lease_id = e.lease_id

-- Tells `duplicate` from `stale` for events that did not count. A duplicate is about an attempt that ended by a report
-- under this lease and token: the first stands, whatever the second says. Stale is what comes after a cancel or a loss
-- ended it, and a loss after its worker's word.
-- hot
-- params: workflow_id[], ordinal[], attempt[], lease_id[], token[], reason[]
-- rows: positions (from 1) of the duplicates
-- locks: none
select e.no
from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[], $5::text[], $6::smallint[])
  with ordinality as e(workflow_id, ordinal, attempt, lease_id, token, reason, no)
join attempt a
  on a.workflow_id = e.workflow_id and a.ordinal = e.ordinal and a.attempt = e.attempt and a.lease_id = e.lease_id
  and a.batch_id is not null and (a.reason = 6) = (e.reason = 6)
join lease l on l.id = e.lease_id and l.token = e.token

-- Tells `duplicate` from `stale` for events that did not count. A duplicate says again how an attempt ended that ended so
-- under its own lease and token; if it ended otherwise (lost, cancelled), the event is stale.
-- hot
-- params: workflow_id[], ordinal[], attempt[], lease_id[], token[], outcome[], reason[]
-- rows: positions (from 1) of the duplicates
-- locks: none
select e.no
from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[], $5::text[], $6::smallint[], $7::smallint[])
  with ordinality as e(workflow_id, ordinal, attempt, lease_id, token, outcome, reason, no)
join attempt a
  on a.workflow_id = e.workflow_id and a.ordinal = e.ordinal and a.attempt = e.attempt and a.lease_id = e.lease_id
  and a.outcome = e.outcome and a.reason = e.reason
join lease l on l.id = e.lease_id and l.token = e.token

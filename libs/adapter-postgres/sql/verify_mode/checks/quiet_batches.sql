-- I9, I14, I30, at quiet: of every report as many attempts are there as were judged to count, all of them or none; those
-- that were taken up again later are no more.
select null::bigint as workflow_id, null::int as ordinal, format('batch %s: %s events, %s counted; %s attempts, %s taken up again',
  coalesce(b.batch_id, a.batch_id), b.events, b.events - cardinality(b.duplicate) - cardinality(b.stale),
  coalesce(a.attempts, 0), coalesce(r.attempts, 0)) as wrong
from batch_seen b
full join (
  select t.batch_id, count(*) as attempts from attempt t where t.batch_id is not null group by t.batch_id
) a on a.batch_id = b.batch_id
left join (
  select v.batch_id, count(*) as attempts from attempt_revived v group by v.batch_id
) r on r.batch_id = b.batch_id
where b.events - cardinality(b.duplicate) - cardinality(b.stale)
  is distinct from coalesce(a.attempts, 0) + coalesce(r.attempts, 0)

-- I7: a leased job is named by its lease, with its attempt, once; and that lease is open.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with leased as materialized (
  select s.workflow_id, s.ordinal, s.attempt, s.lease_id
  from job_state s
  join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
  where s.workflow_id between $1::bigint and $2::bigint and s.ordinal >= $3 and s.ordinal < $4 and s.state = 2
),
named as (
  select l.id, n.workflow_id, n.ordinal, n.attempt, count(*) as times
  from (select distinct j.lease_id from leased j) d
  join lease l on l.id = d.lease_id and l.open > 0
  cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as n(workflow_id, ordinal, attempt)
  group by l.id, n.workflow_id, n.ordinal, n.attempt
)
select j.workflow_id, j.ordinal, format('is leased as attempt %s; lease %s, if it is open, names that %s times',
  j.attempt, j.lease_id, coalesce(n.times, 0))
from leased j
left join named n
  on n.id = j.lease_id and n.workflow_id = j.workflow_id and n.ordinal = j.ordinal and n.attempt = j.attempt
where coalesce(n.times, 0) <> 1
limit $5

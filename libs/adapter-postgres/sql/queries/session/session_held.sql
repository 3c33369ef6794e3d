-- What sessions hold by our books, as heartbeats name it. A lease of which nothing has ended is taken as it was granted:
-- most are like that where jobs are long, and cost no look at their jobs.
-- hot
-- params: session ids
-- rows: id, `workflow:ordinal:attempt` of each attempt (separated by blanks; null: it holds nothing)
-- locks: none
select s.id, h.keys
from unnest($1::bigint[]) as s(id)
cross join lateral (
  select string_agg(g.workflow_id || ':' || g.ordinal || ':' || g.attempt, ' ') as keys
  from lease l
  cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
  where l.session_id = s.id and l.open > 0 and (
    l.open = cardinality(l.ordinals) or exists (
      select 1 from job_state j
      where j.workflow_id = g.workflow_id and j.ordinal = g.ordinal and j.attempt = g.attempt and j.state = 2
        and j.lease_id = l.id
    )
  )
) h

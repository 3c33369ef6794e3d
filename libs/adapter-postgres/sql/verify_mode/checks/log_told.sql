-- I10: every end of a job is named in just one event, which the same transaction wrote; and nothing else is named.
with told as (
  select o.workflow_id, o.run_no, o.xid, t.task
  from outbox_log o
  cross join lateral jsonb_array_elements(o.body::jsonb -> 'tasks') as t(task)
  where o.type = 'org.sluice.jobs.ended.v1'
),
named as (
  select n.workflow_id, n.ordinal, n.state, n.xid, count(*) as times
  from (
    select t.workflow_id, f.ordinal::int as ordinal, 3 as state, t.xid
    from told t cross join lateral jsonb_array_elements_text(t.task -> 'finished') as f(ordinal)
    union all
    select t.workflow_id, f.ordinal::int, 4, t.xid
    from told t
    cross join lateral jsonb_array_elements(t.task -> 'failed') as r(part)
    cross join lateral jsonb_array_elements_text(r.part -> 'ordinals') as f(ordinal)
  ) n
  group by n.workflow_id, n.ordinal, n.state, n.xid
),
ended as (
  select l.workflow_id, l.ordinal, l.to_state as state, l.xid, l.seq from job_log l where l.to_state in (3, 4)
)
select coalesce(e.workflow_id, n.workflow_id) as workflow_id, coalesce(e.ordinal, n.ordinal) as ordinal,
  case when e.seq is null then format('is told to have ended in transaction %s, where it did not', n.xid)
    else format('seq %s: its end is told %s times in its transaction', e.seq, coalesce(n.times, 0)) end as wrong
from ended e
full join named n on n.workflow_id = e.workflow_id and n.ordinal = e.ordinal and n.state = e.state and n.xid = e.xid
where e.seq is null or n.times is distinct from 1

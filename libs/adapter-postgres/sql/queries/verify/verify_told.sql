-- I10: every job that ended is named once in the events of its run, as it ended. Where old events were dropped, what came
-- before them is taken as told.
-- params: workflows 1 from, 2 to (numbers, both included); jobs 3 from (included), 4 to (not included); 5 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
with told as (
  select o.workflow_id, o.run_no, t.task
  from outbox o
  cross join lateral jsonb_array_elements(o.body::jsonb -> 'tasks') as t(task)
  where o.workflow_id between $1::bigint and $2::bigint and o.type = 'org.sluice.jobs.ended.v1'
),
named as (
  select t.workflow_id, t.run_no, f.ordinal::int as ordinal, 3 as state, null as reason
  from told t
  cross join lateral jsonb_array_elements_text(t.task -> 'finished') as f(ordinal)
  union all
  select t.workflow_id, t.run_no, f.ordinal::int, 4, r.part ->> 'reason'
  from told t
  cross join lateral jsonb_array_elements(t.task -> 'failed') as r(part)
  cross join lateral jsonb_array_elements_text(r.part -> 'ordinals') as f(ordinal)
),
state as materialized (
  select s.workflow_id, s.ordinal, s.state, s.run_no, (array['error', 'timeout', 'memory', 'cancelled', 'parent_failed', 'lost',
    'evicted', 'site', 'rejected'])[s.reason] as reason
  from job_state s
  where s.workflow_id between $1 and $2 and s.ordinal >= $3 and s.ordinal < $4
),
counted as (
  select n.workflow_id, n.ordinal, n.run_no, count(*) as names,
    count(*) filter (where s.state = n.state and s.reason is not distinct from n.reason) as right_names
  from named n
  join state s on s.workflow_id = n.workflow_id and s.ordinal = n.ordinal
  group by n.workflow_id, n.ordinal, n.run_no
),
kept as (
  select c.partition, f.created_at as from_at
  from event_cursor c
  left join lateral (
    select o.seq, o.created_at from outbox o where o.partition = c.partition order by o.seq limit 1
  ) f on true
  where c.seq > 0 and f.seq is distinct from 1
)
select w.id, coalesce(s.ordinal, c.ordinal),
  format('ended, and is named %s times in the events of run %s, %s as it ended', coalesce(c.names, 0),
    coalesce(c.run_no, s.run_no), coalesce(c.right_names, 0))
from (select * from state e where e.state in (3, 4)) s
full join counted c on c.workflow_id = s.workflow_id and c.ordinal = s.ordinal and c.run_no = s.run_no
join workflow w on w.id = coalesce(s.workflow_id, c.workflow_id) and w.upload_state = 'sealed'
left join kept k on k.partition = w.partition
where case
    when s.ordinal is null then c.names <> 1
    when c.names is null then k.partition is null or w.submitted_at > k.from_at
    else c.names <> 1 or c.right_names <> 1
  end
limit $5

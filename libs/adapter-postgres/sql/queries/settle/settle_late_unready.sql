-- Second step: takes the jobs out of the ready rows they are in. After settle_late_unhold.sql: a release of held jobs
-- under way is waited for there, and what it made ready is seen here. A grant under way is waited for here: it wins.
-- Needs hash joins: all ready ordinals of the tasks are looked at once, however many ends came late.
-- params: per job: workflow_id[], task[], ordinal[]
-- rows: none
-- locks: ready rows by id
with late as materialized (
  select distinct e.workflow_id, e.task, e.ordinal
  from unnest($1::bigint[], $2::int[], $3::int[]) as e(workflow_id, task, ordinal)
),
place as materialized (
  select distinct r.id
  from (select distinct l.workflow_id, l.task from late l) t
  join ready r on r.workflow_id = t.workflow_id and r.task = t.task
  cross join lateral unnest(r.ordinals) as o(ordinal)
  join late l on l.workflow_id = r.workflow_id and l.ordinal = o.ordinal
),
locked as materialized (
  select r.id, r.workflow_id, r.ordinals
  from ready r
  join place p on p.id = r.id
  order by r.id
  for update of r
),
kept as materialized (
  select k.id, coalesce(array_agg(o.ordinal order by o.no) filter (where l.ordinal is null), '{}') as ordinals
  from locked k
  cross join lateral unnest(k.ordinals) with ordinality as o(ordinal, no)
  left join late l on l.workflow_id = k.workflow_id and l.ordinal = o.ordinal
  group by k.id
),
emptied as (delete from ready r using kept k where r.id = k.id and k.ordinals = '{}')
update ready r
set ordinals = k.ordinals, jobs = cardinality(k.ordinals)
from kept k
where r.id = k.id and k.ordinals <> '{}'

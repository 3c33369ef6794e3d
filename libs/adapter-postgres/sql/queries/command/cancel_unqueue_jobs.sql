-- Second step of a cancel of some jobs: takes them out of the ready rows they are in. A grant under way is waited for: what
-- it took is leased then. One that comes later drops the rows that it looked at.
-- params: workflow_id, ordinals
-- rows: none
-- locks: ready rows by id
with chosen as materialized (select c.ordinal from unnest($2::int[]) as c(ordinal)),
queued as materialized (
  select distinct r.id
  from ready r
  cross join lateral unnest(r.ordinals) as o(ordinal)
  join chosen c on c.ordinal = o.ordinal
  where r.workflow_id = $1
),
touched as materialized (
  select r.id, r.ordinals
  from ready r
  where r.id in (select q.id from queued q)
  order by r.id
  for update of r
),
kept as materialized (
  select t.id, array_agg(o.ordinal order by o.no) as ordinals
  from touched t
  cross join lateral unnest(t.ordinals) with ordinality as o(ordinal, no)
  where not exists (select 1 from chosen c where c.ordinal = o.ordinal)
  group by t.id
),
emptied as (
  delete from ready r using touched t where r.id = t.id and not exists (select 1 from kept k where k.id = t.id)
)
update ready r
set ordinals = k.ordinals, jobs = cardinality(k.ordinals)
from kept k
where r.id = k.id

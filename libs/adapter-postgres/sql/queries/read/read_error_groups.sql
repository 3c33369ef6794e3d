-- The jobs of a workflow that failed by themselves, grouped by the fingerprint of their last attempt, and how many others
-- were pruned or cancelled: all in one snapshot, so that the numbers sum. read_group_samples.sql tells one job of each.
-- `offset 0` keeps the few looked up one by one: with statistics older than the workflow the planner would read it all.
-- A group's number counts from the one with most jobs, whatever the conditions let through.
-- params: 1 workflow id; each or null: 2 tasks, 3 reasons, 4 exit codes, 5 sites, 6 fingerprints, 7 ordinals;
--   8 most groups, 9 most sites of one; 10 the only ordinals to look at, or null: all; 11 names of conditions that are
--   turned around; the last group of the page before, or null: 12 its jobs, 13 those whatever the conditions let through,
--   14 its fingerprint
-- rows: at least one: groups, jobs in them, pruned, cancelled; then of each group, null where there is none: its number,
--   fingerprint, jobs, first and last settled_at, sites [[site, jobs]], ordinal of its first job, jobs whatever the
--   conditions let through
-- locks: none
with failed as (
  select a.fingerprint, a.session_id, a.ordinal, a.settled_at, a.exit_code, s.task, s.reason
  from attempt a
  join job_state s on s.workflow_id = a.workflow_id and s.ordinal = a.ordinal and s.attempt = a.attempt
  where $10::int[] is null
    and a.workflow_id = $1 and a.fingerprint is not null
    and s.workflow_id = $1 and s.state = 4 and s.reason not in (4, 5)
  union all
  select a.fingerprint, a.session_id, a.ordinal, a.settled_at, a.exit_code, s.task, s.reason
  from unnest($10) as o(ordinal)
  cross join lateral (
    select s.ordinal, s.attempt, s.task, s.reason
    from job_state s
    where s.workflow_id = $1 and s.ordinal = o.ordinal and s.state = 4 and s.reason not in (4, 5)
    offset 0
  ) s
  cross join lateral (
    select a.fingerprint, a.session_id, a.ordinal, a.settled_at, a.exit_code
    from attempt a
    where a.workflow_id = $1 and a.ordinal = s.ordinal and a.attempt = s.attempt and a.fingerprint is not null
    offset 0
  ) a
),
alike as materialized (
  select
    f.fingerprint, f.session_id, count(*) as every,
    count(*) filter (where c.chosen) as jobs, min(f.ordinal) filter (where c.chosen) as first_ordinal,
    min(f.settled_at) filter (where c.chosen) as first_at, max(f.settled_at) filter (where c.chosen) as last_at
  from failed f
  cross join lateral (
    select ($2::int[] is null or (f.task = any ($2)) <> ('labels' = any ($11::text[])))
      and ($3::smallint[] is null or (f.reason = any ($3)) <> ('reasons' = any ($11)))
      and ($4::smallint[] is null or coalesce(f.exit_code = any ($4), false) <> ('exitCodes' = any ($11)))
      and ($6::bigint[] is null or (f.fingerprint = any ($6)) <> ('fingerprints' = any ($11)))
      and ($7::int[] is null or (f.ordinal = any ($7)) <> ('ordinals' = any ($11))) as chosen
  ) c
  group by f.fingerprint, f.session_id
),
placed as materialized (
  select
    k.fingerprint, w.site, k.every, k.first_ordinal, k.first_at, k.last_at,
    case when $5::text[] is null or (w.site = any ($5)) <> ('sites' = any ($11)) then k.jobs else 0 end as jobs
  from alike k
  join session w on w.id = k.session_id
),
numbered as materialized (
  select g.*, row_number() over (order by g.every desc, g.fingerprint) as no
  from (
    select
      k.fingerprint, sum(k.every) as every, sum(k.jobs) as jobs,
      min(k.first_ordinal) filter (where k.jobs > 0) as first_ordinal,
      min(k.first_at) filter (where k.jobs > 0) as first_at, max(k.last_at) filter (where k.jobs > 0) as last_at
    from placed k
    group by k.fingerprint
  ) g
),
top as materialized (
  select n.*
  from numbered n
  where n.jobs > 0
    and ($12::int is null or (-n.jobs, -n.every, n.fingerprint) > (-$12::int, -$13::int, $14::bigint))
  order by n.jobs desc, n.no
  limit $8
),
sited as materialized (
  select k.fingerprint, k.site, sum(k.jobs)::int as jobs
  from placed k
  join top t on t.fingerprint = k.fingerprint
  where k.jobs > 0
  group by k.fingerprint, k.site
)
select
  total.groups, total.jobs, rest.pruned, rest.cancelled,
  t.no::int, t.fingerprint, t.jobs::int, t.first_at, t.last_at,
  (
    select json_agg(json_build_array(p.site, p.jobs) order by p.jobs desc, p.site)
    from (
      select k.site, k.jobs from sited k where k.fingerprint = t.fingerprint order by k.jobs desc, k.site limit $9
    ) p
  ),
  t.first_ordinal, t.every::int
from (select count(*)::int as groups, coalesce(sum(n.jobs), 0)::int as jobs from numbered n where n.jobs > 0) total
cross join (
  select
    coalesce(sum(f.jobs) filter (where f.reason = 5), 0)::int as pruned,
    coalesce(sum(f.jobs) filter (where f.reason = 4), 0)::int as cancelled
  from task_failure f
  where f.workflow_id = $1 and ($2::int[] is null or (f.task = any ($2)) <> ('labels' = any ($11)))
) rest
left join top t on true
order by t.jobs desc, t.no

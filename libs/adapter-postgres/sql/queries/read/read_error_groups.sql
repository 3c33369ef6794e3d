-- The jobs of a workflow that failed by themselves, grouped by the fingerprint of their last attempt, and how many others
-- were pruned or cancelled: all in one snapshot, so that the numbers sum. read_group_samples.sql tells one job of each.
-- A group's number counts from the one with most jobs, whatever the conditions let through.
-- params: 1 workflow id; each or null: 2 tasks, 3 reasons, 4 exit codes, 5 sites, 6 fingerprints, 7 ordinals;
--   8 most groups, 9 most sites of one; 10 the only ordinals to look at, or null: all
-- rows: at least one: groups, jobs in them, pruned, cancelled; then of each group, null where there is none: its number,
--   fingerprint, jobs, first and last settled_at, sites [[site, jobs]], ordinal of its first job
-- locks: none
with alike as materialized (
  select
    a.fingerprint, a.session_id, count(*) as every,
    count(*) filter (where c.chosen) as jobs, min(a.ordinal) filter (where c.chosen) as first_ordinal,
    min(a.settled_at) filter (where c.chosen) as first_at, max(a.settled_at) filter (where c.chosen) as last_at
  from attempt a
  join job_state s on s.workflow_id = a.workflow_id and s.ordinal = a.ordinal and s.attempt = a.attempt
  cross join lateral (
    select ($2::int[] is null or s.task = any ($2))
      and ($3::smallint[] is null or s.reason = any ($3))
      and ($4::smallint[] is null or a.exit_code = any ($4))
      and ($6::bigint[] is null or a.fingerprint = any ($6))
      and ($7::int[] is null or s.ordinal = any ($7)) as chosen
  ) c
  where a.workflow_id = $1 and a.fingerprint is not null
    and s.workflow_id = $1 and s.state = 4 and s.reason not in (4, 5)
    and ($10::int[] is null or a.ordinal = any ($10) and s.ordinal = any ($10))
  group by a.fingerprint, a.session_id
),
placed as materialized (
  select
    k.fingerprint, w.site, k.every, k.first_ordinal, k.first_at, k.last_at,
    case when $5::text[] is null or w.site = any ($5) then k.jobs else 0 end as jobs
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
  select n.* from numbered n where n.jobs > 0 order by n.jobs desc, n.no limit $8
)
select
  total.groups, total.jobs, rest.pruned, rest.cancelled,
  t.no::int, t.fingerprint, t.jobs::int, t.first_at, t.last_at,
  (
    select json_agg(json_build_array(p.site, p.jobs) order by p.jobs desc, p.site)
    from (
      select k.site, sum(k.jobs)::int as jobs
      from placed k
      where k.fingerprint = t.fingerprint and k.jobs > 0
      group by k.site
      order by jobs desc, k.site
      limit $9
    ) p
  ),
  t.first_ordinal
from (select count(*)::int as groups, coalesce(sum(n.jobs), 0)::int as jobs from numbered n where n.jobs > 0) total
cross join (
  select
    coalesce(sum(f.jobs) filter (where f.reason = 5), 0)::int as pruned,
    coalesce(sum(f.jobs) filter (where f.reason = 4), 0)::int as cancelled
  from task_failure f
  where f.workflow_id = $1 and ($2::int[] is null or f.task = any ($2))
) rest
left join top t on true
order by t.jobs desc, t.no

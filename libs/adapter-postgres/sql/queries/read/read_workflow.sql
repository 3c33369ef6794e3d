-- One workflow as a person looks at it, again and again: its tasks, the ready jobs of each class with what the class
-- needs, and who might run them. One statement and one snapshot. A held job counts as ready.
-- params: 1 public id; 2 visible spaces (null: all)
-- rows: public_id, name, state, submitted_at, ended_at, run_no, space, owner, cancel requested,
--   tasks: [[label, state, total, waiting, finished, failed, ready, held, paused of these two, memory MiB that its template
--   asks for, that its next jobs get, peaks as MiB:jobs (comma-separated or null), paused since (ms, null: not paused),
--   when the first and the last held job is due (ms, null: none is held), who paused it (null: not paused)]],
--   failures: [[label, reason, jobs]], ready classes: [[label, class id, jobs that no pause holds]],
--   their classes (json, by columns),
--   kinds of live workers, if jobs are ready: [[site, its state and sandbox rule, cores, memory MiB, gpus, disk MiB, tags, features,
--   transforms, longest walltime left in seconds (null: no end), pull ceiling in cores, in MiB, workers, those that hold jobs]], paused_at,
--   who paused it, archived_at, folder of its files, messages about it that were set aside and not put back, when the first was,
--   when its time is over (null: it has any), why it is cancelled where nobody ordered it (null: no such thing), seconds of its time
-- locks: none
with asked as materialized (
  select w.id, w.public_id, w.name, w.state, w.submitted_at, w.ended_at, w.run_no, w.space,
    owner_name(w.owner_issuer, w.owner_subject) as owner, w.archived_at,
    w.deadline_at, w.header
  from workflow w
  where w.public_id = $1 and w.upload_state = 'sealed' and ($2::text[] is null or w.space = any ($2))
),
ready_of as materialized (
  select
    r.task, r.class_id, sum(r.jobs)::int as jobs, coalesce(sum(r.jobs) filter (where r.paused), 0)::int as paused
  from ready r
  where r.workflow_id = (select a.id from asked a)
  group by r.task, r.class_id
),
held_of as materialized (
  select h.task, count(*)::int as jobs, (count(*) filter (where h.paused))::int as paused,
    min(h.due_at) as due_at, max(h.due_at) as last_due_at
  from held h
  where h.workflow_id = (select a.id from asked a)
  group by h.task
),
worker_kind as (
  select
    s.site, coalesce(h.state, 'open') as site_state, coalesce(h.sandbox, 'auto') as sandbox, s.cores, s.memory_mib, s.gpus, s.disk_mib,
    coalesce(h.tags, '{}') || s.tags as tags, s.features, s.transforms, h.pull_cores, h.pull_memory_mib,
    count(*)::int as workers,
    count(*) filter (where exists (select 1 from lease l where l.session_id = s.id and l.open > 0))::int as holding,
    case when bool_or(s.walltime_end_at is null) then null
    else max(extract(epoch from s.walltime_end_at - now()))::int end as walltime_left_sec
  from session s
  left join site h on h.name = s.site
  where s.state = 'live' and exists (select 1 from ready_of)
  group by
    s.site, h.state, h.sandbox, s.cores, s.memory_mib, s.gpus, s.disk_mib, h.tags, s.tags, s.features, s.transforms, h.pull_cores,
    h.pull_memory_mib
)
select
  w.public_id, w.name, w.state, w.submitted_at, w.ended_at, w.run_no, w.space, w.owner,
  exists (select 1 from workflow_control c where c.workflow_id = w.id and c.cancel_requested_at is not null),
  (select coalesce(json_agg(json_build_array(
     t.label, case when t.state = 'running' and t.paused_at is not null then 'paused' else t.state end, t.total,
     t.waiting, t.finished, t.failed, coalesce(r.jobs, 0), coalesce(h.jobs, 0),
     coalesce(r.paused, 0) + coalesce(h.paused, 0),
     (t.template #>> '{resources,memoryMib}')::int, c.memory_mib,
     (select string_agg(m.peak_mib || ':' || m.jobs, ',') from task_memory m
      where m.workflow_id = t.workflow_id and m.task = t.ordinal),
     extract(epoch from t.paused_at)::float8 * 1000,
     extract(epoch from h.due_at)::float8 * 1000, extract(epoch from h.last_due_at)::float8 * 1000,
     (select max(p.paused_by) from pause_order p
      where t.paused_at is not null and p.workflow_id = t.workflow_id and p.until_at is null and p.task = t.ordinal)
   ) order by t.first_job, t.ordinal), '[]')
   from task t
   left join (
     select r.task, sum(r.jobs)::int as jobs, sum(r.paused)::int as paused from ready_of r group by r.task
   ) r on r.task = t.ordinal
   left join held_of h on h.task = t.ordinal
   join ready_class c on c.id = t.class_id
   where t.workflow_id = w.id),
  (select coalesce(json_agg(json_build_array(t.label, f.reason, f.jobs)), '[]')
   from task_failure f join task t on t.workflow_id = f.workflow_id and t.ordinal = f.task
   where f.workflow_id = w.id and f.jobs > 0),
  (select coalesce(json_agg(json_build_array(t.label, r.class_id, r.jobs - r.paused) order by t.ordinal), '[]')
   from ready_of r join task t on t.workflow_id = w.id and t.ordinal = r.task
   where r.jobs > r.paused),
  (select coalesce(json_agg(c), '[]')
   from ready_class c where c.id in (select r.class_id from ready_of r)),
  (select coalesce(json_agg(json_build_array(
     k.site, k.site_state, k.sandbox, k.cores, k.memory_mib, k.gpus, k.disk_mib, k.tags, k.features, k.transforms,
     k.walltime_left_sec, k.pull_cores, k.pull_memory_mib, k.workers, k.holding)), '[]')
   from worker_kind k),
  (select c.paused_at from workflow_control c where c.workflow_id = w.id),
  (select max(p.paused_by) from pause_order p
   where p.workflow_id = w.id and p.until_at is null and p.task is null and p.ordinals is null),
  w.archived_at, (select a.place from workflow_archive a where a.workflow_id = w.id and w.archived_at is not null),
  d.letters, d.oldest_at, w.deadline_at,
  (select c.cancel_cause from workflow_control c where c.workflow_id = w.id), (w.header #>> '{policy,timeoutSec}')::float8
from asked w
cross join lateral (
  select count(*)::int as letters, min(l.first_at) as oldest_at
  from dead_letter l where l.workflow_ids @> array[w.id] and l.requeued_at is null
) d

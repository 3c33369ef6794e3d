-- I18: by its own clock no worker ran more cores or more memory at once than it offers. What an attempt was allowed is known
-- where its task did not learn. A beginning is a time of day without its fraction of a ms, an end that and a rounded duration:
-- an end may seem to be up to 2 ms after the beginning that it made room for.
with run as (
  select a.session_id, a.workflow_id, a.ordinal, a.attempt, a.started_at, a.ended_at - interval '2 ms' as ended_at, c.cores,
    coalesce(a.allowed_mib, case when t.memory_learn = 'off' then c.memory_mib else 0 end) as mib
  from attempt a
  join job_state s on s.workflow_id = a.workflow_id and s.ordinal = a.ordinal
  join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
  join ready_class c on c.id = t.class_id
  where a.started_at < a.ended_at - interval '2 ms'
),
change as (
  select r.session_id, r.started_at as at, 1 as kind, r.cores, r.mib, r.workflow_id, r.ordinal, r.attempt from run r
  union all
  select r.session_id, r.ended_at, 0, -r.cores, -r.mib, r.workflow_id, r.ordinal, r.attempt from run r
),
summed as (
  select c.*, sum(c.cores) over w as cores_run, sum(c.mib) over w as mib_run
  from change c
  window w as (partition by c.session_id order by c.at, c.kind, c.workflow_id, c.ordinal rows unbounded preceding)
)
select s.workflow_id, s.ordinal, format('attempt %s made session %s run %s cores and %s MiB, of %s and %s',
  s.attempt, s.session_id, s.cores_run, s.mib_run, o.cores, o.memory_mib) as wrong
from summed s
join session o on o.id = s.session_id
where s.kind = 1 and (s.cores_run > o.cores + 0.001 or s.mib_run > o.memory_mib)

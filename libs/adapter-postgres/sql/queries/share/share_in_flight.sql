-- What is leased now, of some sessions, by class. A worker prefetches: young attempts may not have begun, and of those
-- that have, no more run than it has cores.
-- hot
-- params: 1 session id after which to go on, 2 most sessions, 3 longest promise (sec), 4 promise where nothing is known (sec)
-- rows: class_id, share_id (null: none), cores that run, core seconds that count already, usual run time (sec, null:
--   unknown), last session of all that were looked at, sessions that were looked at
-- locks: none
with page as materialized (
  select distinct l.session_id
  from lease l
  where l.open > 0 and l.session_id > $1::bigint
  order by l.session_id
  limit $2
),
held as materialized (
  select
    p.session_id, coalesce(j.class_id, t.class_id) as class_id, extract(epoch from now() - l.granted_at)::float8 as age_sec,
    count(*) as jobs, max(case when t.run_count > 0 then t.run_ms_total::float8 / t.run_count / 1000 end) as usual_sec
  from page p
  join lease l on l.session_id = p.session_id and l.open > 0
  cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
  join job_state j
    on j.workflow_id = g.workflow_id and j.ordinal = g.ordinal and j.attempt = g.attempt and j.state = 2
    and j.lease_id = l.id
  join task t on t.workflow_id = j.workflow_id and t.ordinal = j.task
  group by p.session_id, coalesce(j.class_id, t.class_id), l.granted_at
),
sized as (
  select
    h.session_id, h.class_id, c.share_id, h.usual_sec, h.age_sec, s.cores as worker_cores, h.jobs * c.cores as cores,
    h.age_sec > $3::float8 as old
  from held h
  join session s on s.id = h.session_id
  join ready_class c on c.id = h.class_id
),
running as (
  select
    z.*,
    least(1, z.worker_cores / sum(z.cores) over worker) as running,
    least(1, z.worker_cores / nullif(sum(z.cores) filter (where z.old) over worker, 0)) as old_running
  from sized z
  window worker as (partition by z.session_id)
),
-- Of what nobody knows how long it takes, only what runs is promised: the rest was fetched ahead, and may be short.
weighed as (
  select
    r.class_id, r.share_id, r.usual_sec, r.cores * r.running as cores,
    case
      when r.old then r.cores * r.old_running * r.age_sec
      when r.usual_sec is null then r.cores * r.running * $4::float8
      else r.cores * least(r.usual_sec, $3::float8)
    end as core_sec
  from running r
)
select
  w.class_id, w.share_id, sum(w.cores)::float8, sum(w.core_sec)::float8, max(w.usual_sec),
  (select max(p.session_id) from page p), (select count(*)::int from page p)
from weighed w
group by w.class_id, w.share_id

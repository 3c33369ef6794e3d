-- Ends attempts: the fence. An event counts only if its lease's token is right and its job is leased under just that
-- lease and attempt; the rest changes nothing.
-- hot
-- params: 1 lease id[], 2 lease token[] (both distinct leases);
--   per event: 3 workflow_id, 4 ordinal, 5 attempt, 6 position of its lease (from 1), 7 next state, 8 reason,
--   9 tries charged, 10 infra charged, 11 outcome, 12 exit code, 13 started (ms), 14 ended (ms), 15 cpu sec,
--   16 peak MiB, 17 position of its batch (from 1), 18 message, 19 outputs; 20 batch id[];
--   per event again, or empty where no event has one: 21 signal, 22 fingerprint, 23 allowed MiB
-- rows: one: positions of the events that counted, their tasks, their run numbers (comma-separated, same order);
--   limits under which they ran (comma-separated)
-- locks: lease rows read; job_state rows of the events; lease rows counted down; limit_ended and share_use
--   rows of the partition
with granted as materialized (
  select
    array_agg(coalesce(l.session_id, 0) order by t.no) as sessions,
    array_agg(coalesce(l.granted_at, 'epoch') order by t.no) as granted_ats,
    array_agg(coalesce(extract(epoch from now() - l.granted_at)::float8, 0) order by t.no) as ages_sec
  from unnest($1::bigint[], $2::text[]) with ordinality as t(id, token, no)
  left join lease l on l.id = t.id and l.token = t.token
),
ended as (
  update job_state s
  set
    state = e.next_state,
    reason = case when e.next_state = 4 then e.reason else 0 end,
    tries_used = s.tries_used + e.tries,
    infra_used = s.infra_used + e.infra
  from
    unnest(
      $3::bigint[], $4::int[], $5::smallint[], $6::int[], $7::smallint[], $8::smallint[], $9::smallint[],
      $10::smallint[], $11::smallint[], $12::smallint[], $13::float8[], $14::float8[], $15::real[], $16::real[],
      $17::int[], $18::text[], $19::text[], $21::text[], $22::bigint[], $23::int[]
    ) with ordinality as e(
      workflow_id, ordinal, attempt, lease_no, next_state, reason, tries, infra, outcome, exit_code, started_ms,
      ended_ms, cpu_sec, peak_memory_mib, batch_no, message, outputs, signal, fingerprint, allowed_mib, no
    ),
    granted g
  where s.workflow_id = e.workflow_id
    and s.ordinal = e.ordinal
    and s.state = 2
    and s.attempt = e.attempt
    and s.lease_id = ($1::bigint[])[e.lease_no]
    and g.sessions[e.lease_no] > 0
  returning
    e.no, s.workflow_id, s.ordinal, s.attempt, s.run_no, s.task, s.class_id, s.lease_id, e.lease_no, e.reason, e.outcome,
    e.exit_code, e.started_ms, e.ended_ms, e.cpu_sec, e.peak_memory_mib, e.batch_no, e.message, e.outputs, e.signal,
    e.fingerprint, e.allowed_mib, case when e.outcome = 4 and e.tries + e.infra = 0 then true end as uncharged
),
logged as (
  insert into attempt (
    workflow_id, lease_id, session_id, leased_at, started_at, ended_at, ordinal, attempt, run_no, outcome, reason,
    exit_code, cpu_sec, peak_memory_mib, batch_id, message, outputs, signal, fingerprint, allowed_mib, uncharged
  )
  select
    e.workflow_id, e.lease_id, g.sessions[e.lease_no], g.granted_ats[e.lease_no], to_timestamp(e.started_ms / 1000),
    to_timestamp(e.ended_ms / 1000), e.ordinal, e.attempt, e.run_no, e.outcome, e.reason, e.exit_code, e.cpu_sec,
    e.peak_memory_mib, ($20::uuid[])[e.batch_no], e.message, e.outputs, e.signal, e.fingerprint,
    e.allowed_mib, e.uncharged
  from ended e, granted g
),
-- What ended, by all that leases, limits and shares ask for. What ran is never more than the time since the grant,
-- whatever the worker's clock says.
summed as materialized (
  select
    e.lease_id, e.lease_no, e.workflow_id, e.task, e.class_id, count(*)::int as jobs,
    sum(greatest(0, least((e.ended_ms - e.started_ms) / 1000, g.ages_sec[e.lease_no])))
      filter (where e.started_ms is not null) as run_sec
  from ended e, granted g
  group by e.lease_id, e.lease_no, e.workflow_id, e.task, e.class_id
),
counted as (
  update lease l
  set open = l.open - n.jobs
  from (select m.lease_id, sum(m.jobs)::int as jobs from summed m group by m.lease_id order by m.lease_id) n
  where l.id = n.lease_id
  returning l.limited or l.id <= (select c.lease_id from limit_change c) as limited
),
uncharged as (
  update limit_ended x
  set jobs = x.jobs + n.jobs, millicores = x.millicores + n.millicores
  from (
    select c.limit_id, o.partition, sum(o.jobs) as jobs, sum(o.jobs * c.millicores) as millicores
    from (
      select m.workflow_id % 16 as partition, coalesce(m.class_id, t.class_id) as class_id, s.site, sum(m.jobs) as jobs
      from summed m
      cross join granted g
      join task t on t.workflow_id = m.workflow_id and t.ordinal = m.task
      join session s on s.id = g.sessions[m.lease_no]
      where (select bool_or(c.limited) from counted c)
      group by 1, 2, 3
    ) o
    cross join lateral limits_on(o.class_id, o.site) c
    group by 1, 2
  ) n
  where x.limit_id = n.limit_id and x.partition = n.partition
  returning x.limit_id
),
charged as (
  insert into share_use as u (share_id, partition, core_sec, decayed_core_sec, used_at)
  select c.share_id, r.partition, sum(c.cores * r.sec), sum(c.cores * r.sec), now()
  from (
    select m.workflow_id, (m.workflow_id % 16)::smallint as partition, m.task, sum(m.run_sec) as sec
    from summed m
    where m.run_sec > 0
    group by m.workflow_id, m.task
  ) r
  join task t on t.workflow_id = r.workflow_id and t.ordinal = r.task
  join ready_class c on c.id = t.class_id
  where c.share_id is not null
  group by c.share_id, r.partition
  on conflict (share_id, partition) do update
  set
    core_sec = u.core_sec + excluded.core_sec,
    decayed_core_sec = u.decayed_core_sec * power(0.5, least(
      greatest(extract(epoch from excluded.used_at - u.used_at), 0)::float8
        / (select t.half_life_sec from share_setting t), 1000
    )) + excluded.decayed_core_sec,
    used_at = greatest(u.used_at, excluded.used_at)
)
select
  (select string_agg(e.no::text, ',') from ended e),
  (select string_agg(e.task::text, ',') from ended e),
  (select string_agg(e.run_no::text, ',') from ended e),
  (select string_agg(u.limit_id::text, ',') from uncharged u)

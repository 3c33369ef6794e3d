-- Sets the caps of a limit, and counts what runs under it: the caller has locked the lease table (limit_lock in
-- limit-store.ts), so that nothing starts or ends meanwhile.
-- params: 1 kind, 2 name, 3 jobs (null: no cap), 4 millicores (null: no cap)
-- rows: id, jobs that run, millicores
-- locks: lease rows, limit_use row, limit_change row; the caller's lock of lease
with running as materialized (
  select l.id as lease_id, count(*) as jobs, sum(greatest(1, round(c.cores * 1000))::int) as millicores
  from lease l
  join session s on s.id = l.session_id
  cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
  join job_state j
    on j.workflow_id = g.workflow_id and j.ordinal = g.ordinal and j.attempt = g.attempt and j.state = 2
    and j.lease_id = l.id
  join task t on t.workflow_id = j.workflow_id and t.ordinal = j.task
  join ready_class c on c.id = coalesce(j.class_id, t.class_id)
  where l.open > 0
    and case $1::text
      when 'site' then s.site = $2::text
      when 'space' then c.space = $2
      when 'user' then c.owner = $2
      else $2 = any (c.limits)
    end
  group by l.id
),
marked as (update lease l set limited = true from running r where l.id = r.lease_id and not l.limited),
made as (
  insert into limit_use as u (kind, name, cap_jobs, cap_millicores, granted_jobs, granted_millicores)
  select $1, $2, $3::int, $4::bigint, coalesce(sum(r.jobs), 0), coalesce(sum(r.millicores), 0)
  from running r
  on conflict (kind, name) do update
  set
    cap_jobs = excluded.cap_jobs, cap_millicores = excluded.cap_millicores,
    granted_jobs = excluded.granted_jobs, granted_millicores = excluded.granted_millicores
  returning u.id, u.granted_jobs, u.granted_millicores
),
ended as (
  insert into limit_ended (limit_id, partition)
  select m.id, p.no from made m, generate_series(0, 15) as p(no)
  on conflict (limit_id, partition) do update set jobs = 0, millicores = 0
),
changed as (update limit_change c set no = c.no + 1)
select m.id, m.granted_jobs::float8, m.granted_millicores::float8 from made m

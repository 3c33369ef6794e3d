-- Third step: such a job is leased again under the lease it had, as if its attempt had never been given up: what that was
-- charged, counted as ended under limits, and its record are taken back. settle_attempts.sql follows with what its worker says.
-- hot
-- params: per job: workflow_id[], ordinal[], attempt[], lease_id[]
-- rows: positions (from 1) of the jobs that were not granted anew meanwhile; of equal ones the first
-- locks: job_state rows, attempt rows, lease rows, limit_ended rows of the partition
with revived as (
  update job_state s
  set state = 2, infra_used = greatest(s.infra_used - 1, 0)
  from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[]) with ordinality
    as e(workflow_id, ordinal, attempt, lease_id, no)
  where s.workflow_id = e.workflow_id and s.ordinal = e.ordinal and s.state = 1 and s.attempt = e.attempt
    and s.lease_id = e.lease_id
  returning e.no, s.workflow_id, s.ordinal, s.attempt, s.task, s.class_id, s.lease_id
),
forgotten as (
  delete from attempt a using revived r
  where a.workflow_id = r.workflow_id and a.ordinal = r.ordinal and a.attempt = r.attempt
),
reopened as (
  update lease l
  set open = l.open + n.jobs
  from (select r.lease_id, count(*)::int as jobs from revived r group by r.lease_id order by r.lease_id) n
  where l.id = n.lease_id
  returning l.id, l.session_id, l.limited or l.id <= (select c.lease_id from limit_change c) as limited
),
recharged as (
  update limit_ended x
  set jobs = x.jobs - n.jobs, millicores = x.millicores - n.millicores
  from (
    select c.limit_id, o.partition, sum(o.jobs) as jobs, sum(o.jobs * c.millicores) as millicores
    from (
      select r.workflow_id % 16 as partition, r.workflow_id, r.task, r.class_id, l.session_id, count(*) as jobs
      from revived r
      join reopened l on l.id = r.lease_id
      where (select bool_or(a.limited) from reopened a)
      group by 1, 2, 3, 4, 5
    ) o
    join task t on t.workflow_id = o.workflow_id and t.ordinal = o.task
    join session s on s.id = o.session_id
    cross join lateral limits_on(coalesce(o.class_id, t.class_id), s.site) c
    group by 1, 2
  ) n
  where x.limit_id = n.limit_id and x.partition = n.partition
)
select r.no from revived r

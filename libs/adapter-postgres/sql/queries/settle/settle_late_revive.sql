-- Third step: such a job is leased again under the lease it had, as if its attempt had never been given up: what that was
-- charged and its record are taken back. settle_attempts.sql follows with what its worker says.
-- hot
-- params: per job: workflow_id[], ordinal[], attempt[], lease_id[]
-- rows: positions (from 1) of the jobs that were not granted anew meanwhile; of equal ones the first
-- locks: job_state rows, attempt rows, lease rows
with revived as (
  update job_state s
  set state = 2, infra_used = greatest(s.infra_used - 1, 0)
  from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[]) with ordinality
    as e(workflow_id, ordinal, attempt, lease_id, no)
  where s.workflow_id = e.workflow_id and s.ordinal = e.ordinal and s.state = 1 and s.attempt = e.attempt
    and s.lease_id = e.lease_id
  returning e.no, s.workflow_id, s.ordinal, s.attempt, s.lease_id
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
)
select r.no from revived r

-- First step for ends that come after their attempt was given up: finds those whose job was not granted anew since, and
-- takes it out of held. The attempt must be the job's newest, of this run, given up as lost, and the token its own.
-- hot
-- params: per event: workflow_id[], ordinal[], attempt[], lease_id[], token[]
-- rows: position (from 1), task
-- locks: held rows of the jobs
with late as materialized (
  select e.no, e.workflow_id, e.ordinal, s.task
  from unnest($1::bigint[], $2::int[], $3::smallint[], $4::bigint[], $5::text[]) with ordinality
    as e(workflow_id, ordinal, attempt, lease_id, token, no)
  join job_state s
    on s.workflow_id = e.workflow_id and s.ordinal = e.ordinal and s.state = 1 and s.attempt = e.attempt
    and s.lease_id = e.lease_id
  join attempt a
    on a.workflow_id = e.workflow_id and a.ordinal = e.ordinal and a.attempt = e.attempt and a.run_no = s.run_no
    and a.outcome = 4 and a.reason = 6
  join lease l on l.id = e.lease_id and l.token = e.token
),
unheld as (
  delete from held h using late l where h.workflow_id = l.workflow_id and h.ordinal = l.ordinal
)
select l.no, l.task from late l

-- Whose a workflow is, if its space or its user has a cap of open jobs.
-- params: workflow id
-- rows: at most one: space, issuer, subject
-- locks: none
select w.space, w.owner_issuer, w.owner_subject
from workflow w
where w.id = $1 and (
  exists (select from space s where s.name = w.space and s.queued_jobs_max is not null)
  or exists (
    select from quota q
    where q.kind = 'user' and q.issuer = w.owner_issuer and q.name = w.owner_subject and q.cap_queued_jobs is not null
  )
)

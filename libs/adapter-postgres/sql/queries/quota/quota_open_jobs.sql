-- Jobs of a space, and of a user, that were submitted and have not ended; of an upload that is being sealed all of them.
-- params: space, issuer, subject
-- rows: one: of the space, of the user
-- locks: none
with open as (
  select
    w.space = $1 as of_space, (w.owner_issuer, w.owner_subject) = ($2::text, $3::text) as of_user,
    case w.upload_state
      when 'sealed' then (select coalesce(sum(t.total - t.finished - t.failed), 0) from task t where t.workflow_id = w.id)
      else (select coalesce(sum(c.jobs), 0) from upload_chunk c where c.workflow_id = w.id)
    end as jobs
  from workflow w
  where w.ended_at is null and w.upload_state in ('sealing', 'sealed')
    and (w.space = $1 or (w.owner_issuer, w.owner_subject) = ($2::text, $3::text))
)
select
  coalesce(sum(o.jobs) filter (where o.of_space), 0)::float8, coalesce(sum(o.jobs) filter (where o.of_user), 0)::float8
from open o

-- Logs that nobody brings any more.
-- params: rows at most
-- rows: workflow_id, ordinal, attempt, space, public id of the workflow
-- locks: none: who removes one decides
select a.workflow_id::text, a.ordinal, a.attempt, a.space, w.public_id
from attempt_log a
join workflow w on w.id = a.workflow_id
where a.until_at < now()
order by a.until_at
limit $1

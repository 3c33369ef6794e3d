-- Logs of workflows that were archived. Steps from workflow to workflow: its cost is that of workflows with logs, not of logs.
-- params: rows at most
-- rows: workflow_id, ordinal, attempt, space, public id of the workflow
-- locks: none: who removes one decides
with recursive logged as (
  (select a.workflow_id from attempt_log a order by a.workflow_id limit 1)
  union all
  select (select a.workflow_id from attempt_log a where a.workflow_id > l.workflow_id order by a.workflow_id limit 1)
  from logged l
  where l.workflow_id is not null
)
select a.workflow_id::text, a.ordinal, a.attempt, a.space, w.public_id
from logged l
join workflow w on w.id = l.workflow_id and w.archived_at is not null
join attempt_log a on a.workflow_id = w.id
limit $1

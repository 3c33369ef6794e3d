-- The open seal command of a workflow.
-- params: workflow id
-- rows: command id, seal request (json), upload state, and of the header: final job, jobs, edges (json or null each)
-- locks: none; the caller owns the partition
select c.id, c.args, w.upload_state,
  nullif(w.header -> 'final', 'null'::jsonb), w.header -> 'jobCount', w.header -> 'edgeCount'
from workflow w
join workflow_command c on c.partition = w.partition and c.done_at is null and c.workflow_id = w.id and c.kind = 'seal'
where w.id = $1
order by c.id
limit 1

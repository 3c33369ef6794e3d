-- A workflow that an order about some of its jobs is for.
-- params: 1 workflow id
-- rows: state, cancel requested (none: no such workflow)
-- locks: the workflow's row; the caller holds the partition's lock
select w.state, c.cancel_requested_at is not null
from workflow w
join workflow_control c on c.workflow_id = w.id
where w.id = $1 and w.upload_state = 'sealed'
for update of w

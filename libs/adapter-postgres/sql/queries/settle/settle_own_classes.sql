-- Gives jobs a class of their own: their next attempt asks for other things than their task does.
-- hot
-- params: 1 workflow_id[], 2 ordinal[], 3 key of the class[]
-- rows: none
-- locks: job_state rows; the caller has them already
update job_state s
set class_id = c.id
from unnest($1::bigint[], $2::int[], $3::text[]) as j(workflow_id, ordinal, key)
join ready_class c on c.key = j.key
where s.workflow_id = j.workflow_id and s.ordinal = j.ordinal

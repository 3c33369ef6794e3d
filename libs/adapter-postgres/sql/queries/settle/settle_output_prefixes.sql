-- Where outputs of workflows lie: asked only for ends that tell of files.
-- hot
-- params: 1 workflow_id[], distinct
-- rows: workflow_id, output prefix, of workflows whose space has one
-- locks: none
select w.id, s.output_prefix
from unnest($1::bigint[]) as i(workflow_id)
join workflow w on w.id = i.workflow_id
join space s on s.name = w.space
where s.output_prefix is not null

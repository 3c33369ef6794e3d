-- The tasks of one label: one for each template.
-- params: 1 workflow id; 2 label
-- rows: ordinal
-- locks: none
select t.ordinal from task t where t.workflow_id = $1 and t.label = $2

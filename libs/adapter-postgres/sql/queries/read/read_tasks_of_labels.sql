-- The tasks of some labels: one for each label and template.
-- params: 1 workflow id; 2 labels
-- rows: ordinal
-- locks: none
select t.ordinal from task t where t.workflow_id = $1 and t.label = any ($2::text[])

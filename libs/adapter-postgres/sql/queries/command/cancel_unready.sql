-- Second step of a cancel: nothing of the workflow is handed out from here on, but a final job that runs always.
-- params: workflow_id
-- rows: none
-- locks: ready rows of the workflow
delete from ready r
where r.workflow_id = $1
  and r.ordinals is distinct from array[(
    select w.final_ordinal from workflow w where w.id = $1 and w.final_when = 'always'
  )]

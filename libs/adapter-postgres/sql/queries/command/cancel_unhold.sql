-- First step of a cancel: no back-off of the workflow leads to ready any more, but that of a final job that runs always.
-- Before cancel_unready.sql: a release of held jobs under way is waited for, and what it made ready is seen there.
-- params: workflow_id
-- rows: none
-- locks: held rows of the workflow
delete from held h
where h.workflow_id = $1
  and h.ordinal is distinct from (
    select w.final_ordinal from workflow w where w.id = $1 and w.final_when = 'always'
  )

-- The last job of a workflow.
-- hot
-- params: 1 workflow id
-- rows: ordinal (null: it has no jobs)
-- locks: none
select max(s.ordinal) from job_state s where s.workflow_id = $1

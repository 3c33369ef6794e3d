-- First step of a cancel: nothing of the workflow is handed out from here on.
-- params: workflow_id
-- rows: one: rows taken away
-- locks: ready and held rows of the workflow
with unready as (delete from ready r where r.workflow_id = $1 returning 1),
unheld as (delete from held h where h.workflow_id = $1 returning 1)
select (select count(*) from unready)::int, (select count(*) from unheld)::int

-- Removes what an archived workflow has outside of the large tables and needs no more.
-- params: 1 workflow id
-- rows: none
-- locks: its parent packs, orders and paused jobs; the caller has just archived it
with packs as (delete from parent_pack where workflow_id = $1),
orders as (delete from workflow_command where workflow_id = $1)
delete from paused_job where workflow_id = $1

-- Whether a workflow is archived, and what is kept of it.
-- params: 1 workflow id
-- rows: archived_at, folder of its files or null, error groups (json); none: it is not
-- locks: none
select a.archived_at, a.place, a.errors from workflow_archive a where a.workflow_id = $1

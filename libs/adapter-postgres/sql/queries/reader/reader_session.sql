-- Tells a session for whom it reads, until it is told otherwise.
-- params: 1 visible spaces as an array literal; 2 id of the workflow that is asked for, or ''
-- rows: 1
-- locks: none
select set_config('sluice.spaces', $1, false), set_config('sluice.workflow', $2, false)

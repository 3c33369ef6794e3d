-- Lets one change shares at a time, to the end of its transaction.
-- params: none
-- rows: one, empty
-- locks: an advisory lock
select pg_advisory_xact_lock(7305, 0)

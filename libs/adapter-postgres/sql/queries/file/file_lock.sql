-- Whoever keeps or removes the bytes of one place does it alone. Until the transaction ends.
-- params: space, checksum
-- rows: one
-- locks: advisory, of the place; before file_pending, file and quota
select pg_advisory_xact_lock(hashtextextended($1 || encode($2::bytea, 'hex'), 35))

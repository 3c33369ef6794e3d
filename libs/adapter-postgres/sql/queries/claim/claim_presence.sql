-- Says that this transformer is there.
-- params: first key, presence key
-- rows: one
-- locks: the presence lock, shared
select pg_advisory_lock_shared($1::int, $2::int)

-- Says that this transformer is there. Its connection is ended by the server when nothing is heard on it for a while: a process
-- that stands still, or is cut off, keeps no partition from others.
-- params: first key, presence key, that while in milliseconds
-- rows: one
-- locks: the presence lock, shared
select pg_advisory_lock_shared($1::int, $2::int), set_config('idle_session_timeout', $3::int::text, false)

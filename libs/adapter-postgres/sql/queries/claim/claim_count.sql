-- How many transformers are there, each with the same lock, shared; and how many of them come before this one, in an order
-- that all of them see alike.
-- params: first key, presence key
-- rows: count, before
-- locks: none
select count(*)::int as count, count(*) filter (where l.pid < pg_backend_pid())::int as before
from pg_locks l
where l.locktype = 'advisory' and l.classid = $1::int::oid and l.objid = $2::int::oid and l.objsubid = 2 and l.granted
  and l.database = (select d.oid from pg_database d where d.datname = current_database())

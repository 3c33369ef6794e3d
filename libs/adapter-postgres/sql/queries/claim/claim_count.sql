-- How many transformers are there: each holds the same lock, shared.
-- params: first key, presence key
-- rows: count
-- locks: none
select count(*)::int as count
from pg_locks l
where l.locktype = 'advisory' and l.classid = $1::int::oid and l.objid = $2::int::oid and l.objsubid = 2 and l.granted
  and l.database = (select d.oid from pg_database d where d.datname = current_database())

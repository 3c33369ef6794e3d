-- Gives the room of a log back.
-- params: space, bytes
-- rows: none
-- locks: the row of quota
update quota set log_bytes = log_bytes - $2::bigint where kind = 'space' and issuer = '' and name = $1

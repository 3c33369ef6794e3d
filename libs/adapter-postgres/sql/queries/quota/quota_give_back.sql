-- Gives the room of one file back.
-- params: kind, issuer, name, bytes
-- rows: none
-- locks: the row of quota; space before user
update quota set files = files - 1, file_bytes = file_bytes - $4::bigint
where kind = $1 and issuer = $2 and name = $3

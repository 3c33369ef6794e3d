-- Takes room for one file, if there is room. Exact: who comes at the same time waits for the row and is judged by what it
-- then says.
-- params: kind, issuer, name, bytes, cap where the row has none (null: none)
-- rows: one, if there was room
-- locks: the row of quota; space before user
update quota
set files = files + 1, file_bytes = file_bytes + $4::bigint
where kind = $1 and issuer = $2 and name = $3
  and (coalesce(cap_file_bytes, $5::bigint) is null or file_bytes + $4::bigint <= coalesce(cap_file_bytes, $5::bigint))
returning kind

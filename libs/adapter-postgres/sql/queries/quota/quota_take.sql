-- Takes room for one file, if there is room. Exact: who comes at the same time waits for the row and is judged by what it
-- then says. A space's cap is its own row's.
-- params: kind, issuer, name, bytes, cap where there is none (null: none)
-- rows: one, if there was room
-- locks: the row of quota; space before user
update quota q
set files = q.files + 1, file_bytes = q.file_bytes + $4::bigint
where q.kind = $1 and q.issuer = $2 and q.name = $3
  and q.file_bytes + $4::bigint <= coalesce(
    q.cap_file_bytes,
    (select s.file_bytes_max from space s where q.kind = 'space' and s.name = q.name),
    $5::bigint,
    9223372036854775807
  )
returning q.kind

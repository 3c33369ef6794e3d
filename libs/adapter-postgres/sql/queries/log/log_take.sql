-- Takes room for one log, if there is room. Exact: who comes at the same time waits for the row and is judged by what it
-- then says.
-- params: space, bytes, cap where the space has none (null: none)
-- rows: one, if there was room
-- locks: the row of quota
update quota q
set log_bytes = q.log_bytes + $2::bigint
where q.kind = 'space' and q.issuer = '' and q.name = $1
  and q.log_bytes + $2::bigint <= coalesce(
    (select s.log_bytes_max from space s where s.name = $1),
    $3::bigint,
    9223372036854775807
  )
returning q.kind

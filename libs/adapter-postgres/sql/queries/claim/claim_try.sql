-- Claims partitions that nobody owns, for as long as this connection lives.
-- params: first key, partitions, how many
-- rows: p, those claimed
-- locks: their advisory locks
select p from unnest($2::int[]) as p where pg_try_advisory_lock($1::int, p) limit $3

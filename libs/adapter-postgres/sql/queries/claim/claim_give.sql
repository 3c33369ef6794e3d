-- Gives partitions back.
-- params: first key, partitions
-- rows: one a partition
-- locks: their advisory locks end
select pg_advisory_unlock($1::int, p) from unnest($2::int[]) as p

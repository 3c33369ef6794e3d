-- Makes the tables of a range. Nothing when they are there.
-- params: number of the range
-- rows: one, empty
-- locks: the partitioned tables, for a moment
select make_partition_range($1::int)

-- Makes the tables that are to take the place of a range's.
-- params: 1 number of the range; 2 ids of the workflows that stay
-- rows: one, empty
-- locks: none that others wait for
select prepare_range($1::int, $2::bigint[])

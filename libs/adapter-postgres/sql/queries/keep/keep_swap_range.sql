-- Takes the tables of a range out; what stays is in those that take their place.
-- params: 1 number of the range; 2 ids of the workflows that stay
-- rows: whether it was done
-- locks: the four large tables, exclusively, for as long as what stays takes to copy; give it a short lock_timeout
select swap_range($1::int, $2::bigint[])

-- How many letters there are.
-- rows: count
-- locks: none
select count(*)::int from dead_letter

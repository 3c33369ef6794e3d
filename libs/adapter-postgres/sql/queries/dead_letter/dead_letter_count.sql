-- How many letters there are, and since when.
-- rows: count, when the oldest was set aside first (null: there is none)
-- locks: none
select count(*)::int, min(first_at) from dead_letter

-- Spaces that were made.
-- params: none
-- rows: name
-- locks: none
select s.name from space s

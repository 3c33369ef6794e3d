-- What jobs of these classes need.
-- params: 1 class ids
-- rows: the class (json, by columns)
-- locks: none
select to_json(c) from ready_class c where c.id = any($1::int[])

-- Ready classes that the broker does not know yet.
-- params: newest class id it knows
-- rows: the class (json, by columns)
-- locks: none
select to_json(c) from ready_class c where c.id > $1 order by c.id

-- Sets a weight.
-- params: path, weight
-- rows: none
-- locks: the row
update share set weight = $2::float8 where path = $1

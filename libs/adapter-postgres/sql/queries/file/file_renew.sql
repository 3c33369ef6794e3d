-- An upload goes on: what is on its way is not looked after yet.
-- params: id, seconds
-- rows: none
-- locks: the row of file_pending
update file_pending set until_at = now() + $2::int * interval '1 second' where id = $1

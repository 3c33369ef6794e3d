-- Removes what nobody asks for any more, some at a time.
-- params: 1 days that a row is kept, 2 most rows
-- rows: none
-- locks: class_wait
delete from class_wait w
where w.id in (
  select o.id from class_wait o
  where o.until_at < now() - $1::float8 * interval '1 day'
  order by o.id
  limit $2
)

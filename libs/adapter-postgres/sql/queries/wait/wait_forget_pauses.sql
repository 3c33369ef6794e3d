-- Removes pauses that nobody asks for any more, some at a time: what is over, or whose workflow is.
-- params: 1 days that a row is kept, 2 most rows
-- rows: none
-- locks: pause_order
delete from pause_order p
where p.id in (
  select o.id
  from pause_order o
  left join workflow w on w.id = o.workflow_id
  where coalesce(o.until_at, w.ended_at, case when w.id is null then o.from_at end) < now() - $1::float8 * interval '1 day'
  order by o.id
  limit $2
)

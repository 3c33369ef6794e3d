-- Ends what is not so any more.
-- hot
-- params: 1 classes whose open row ends
-- rows: none
-- locks: class_wait by class_id
with ending as materialized (
  select w.id
  from class_wait w
  where w.until_at is null and w.class_id = any($1::int[])
  order by w.class_id
  for update
)
update class_wait w
set until_at = now()
where w.id in (select e.id from ending e)

-- Makes classes that are like others but for a few columns, unless they exist; in order of key, as uploads do.
-- hot
-- params: per variant: 1 class id, 2 key, 3 what differs, by column (json texts)
-- rows: none
-- locks: none that others wait for
insert into ready_class
select n.*
from unnest($1::int[], $2::text[], $3::text[]) as v(class_id, key, differs)
join ready_class c on c.id = v.class_id
cross join lateral jsonb_populate_record(
  c, v.differs::jsonb || jsonb_build_object('id', nextval(pg_get_serial_sequence('ready_class', 'id')), 'key', v.key)
) as n
where not exists (select from ready_class known where known.key = v.key)
order by n.key
on conflict (key) do nothing

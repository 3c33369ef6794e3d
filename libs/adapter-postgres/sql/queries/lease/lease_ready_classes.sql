-- The classes that have ready rows, by hopping along the index: repairs a lost hint.
-- hot
-- params: none
-- rows: class_id
-- locks: none
with recursive hop as (
  (select r.class_id from ready r where not r.paused order by r.class_id limit 1)
  union all
  select (select r.class_id from ready r where r.class_id > h.class_id and not r.paused order by r.class_id limit 1)
  from hop h
  where h.class_id is not null
)
select h.class_id from hop h where h.class_id is not null

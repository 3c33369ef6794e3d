-- The newest workflow of each name that is like the pattern, the newest first. Reads the names of all workflows: for
-- what a person types, not for what a program repeats.
-- params: 1 pattern of LIKE, 2 rows
-- rows: id, public_id, name
-- locks: none
select n.id, n.public_id, n.name
from (
  select distinct on (w.name) w.id, w.public_id, w.name
  from workflow w
  where w.upload_state = 'sealed' and w.name like $1
  order by w.name, w.id desc
) n
order by n.id desc
limit $2

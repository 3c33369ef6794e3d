-- The newest workflow of each name that is like the pattern, the newest first. Reads the names of all workflows: for
-- what a person types, not for what a program repeats.
-- params: 1 pattern of LIKE, 2 rows, 3 visible spaces (null: all)
-- rows: id, public_id, space, issuer and subject of its owner, name
-- locks: none
select n.id, n.public_id, n.space, n.owner_issuer, n.owner_subject, n.name
from (
  select distinct on (w.name) w.id, w.public_id, w.space, w.owner_issuer, w.owner_subject, w.name
  from workflow w
  where w.upload_state = 'sealed' and ($3::text[] is null or w.space = any ($3)) and w.name like $1
  order by w.name, w.id desc
) n
order by n.id desc
limit $2

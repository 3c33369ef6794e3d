-- The limits there are, and the change that made them so.
-- params: none
-- rows: change, id, kind, name (these three null: there is none)
-- locks: none
select c.no, u.id, u.kind, u.name
from limit_change c
left join limit_use u on true
order by u.id

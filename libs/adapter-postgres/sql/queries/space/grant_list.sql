-- Grants of a space.
-- params: 1 space
-- rows: issuer, holder, name, role, granted by, granted_at
-- locks: none
select g.issuer, g.holder, g.name, g.role, g.granted_by, g.granted_at
from space_grant g
where g.space = $1
order by g.issuer, g.holder, g.name

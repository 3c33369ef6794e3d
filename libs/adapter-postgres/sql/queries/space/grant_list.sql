-- Grants of a space.
-- params: 1 space; only those behind (or null): 2 issuer, 3 holder, 4 name; 5 most rows
-- rows: issuer, holder, name, role, granted by, granted_at
-- locks: none
select g.issuer, g.holder, g.name, g.role, g.granted_by, g.granted_at
from space_grant g
where g.space = $1 and ($2::text is null or (g.issuer, g.holder, g.name) > ($2, $3::text, $4::text))
order by g.issuer, g.holder, g.name
limit $5

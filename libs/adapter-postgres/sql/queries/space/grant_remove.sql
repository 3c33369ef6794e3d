-- Takes a role away.
-- params: 1 space; 2 issuer; 3 holder; 4 name
-- rows: the role, if there was one
-- locks: space_grant row
delete from space_grant g where g.space = $1 and g.issuer = $2 and g.holder = $3 and g.name = $4 returning g.role

-- Every grant.
-- params: none
-- rows: space, issuer, holder, name, role
-- locks: none
select g.space, g.issuer, g.holder, g.name, g.role from space_grant g

-- Grants that are not there yet; a role that somebody changed stays changed.
-- params: pairwise 1 spaces, 2 issuers, 3 holders, 4 names, 5 roles; 6 granted by
-- rows: space, issuer, holder, name, role of each that is new
-- locks: space_grant rows
insert into space_grant (space, issuer, holder, name, role, granted_by)
select n.space, n.issuer, n.holder, n.name, n.role, $6
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as n(space, issuer, holder, name, role)
order by 1, 2, 3, 4
on conflict do nothing
returning space, issuer, holder, name, role

-- Keeps a token that is handed out.
-- params: 1 kind, 2 name, 3 digest, 4 issuer, 5 subject, 6 owner's name (or null), 7 groups, 8 spaces (or null), 9 role (or
--   null), 10 site (or null), 11 days until its end
-- rows: the token: see token_list
insert into issued_token as t (
  kind, name, digest, issuer, subject, owner_name, groups, spaces, role, site, end_at
)
values ($1, $2, $3, $4, $5, $6, $7::text[], $8::text[], $9, $10, now() + $11::int * interval '1 day')
returning
  t.id::text, t.kind, t.name, t.issuer, t.subject, t.owner_name, t.groups, t.spaces, t.role, t.site, t.made_at, t.end_at,
  t.used_at, t.revoked_at, t.revoked_by, t.end_at <= now()

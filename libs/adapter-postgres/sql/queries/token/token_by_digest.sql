-- The token with this digest, whether it still counts or not.
-- params: 1 digest
-- rows: the token: see token_list
select
  t.id::text, t.kind, t.name, t.issuer, t.subject, t.owner_name, t.groups, t.spaces, t.role, t.site, t.made_at, t.end_at,
  t.used_at, t.revoked_at, t.revoked_by, t.end_at <= now()
from issued_token t
where t.digest = $1

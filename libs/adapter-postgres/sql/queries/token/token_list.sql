-- Tokens in the order in which they were made.
-- params: 1 after this id, 2 rows, 3 issuer and 4 subject of their owner (both null: everybody's), 5 ended and revoked ones too
-- rows: id, kind, name, owner's issuer, subject and name, groups, spaces, role, site, made, ends, used, revoked, by whom, ended
select
  t.id::text, t.kind, t.name, t.issuer, t.subject, t.owner_name, t.groups, t.spaces, t.role, t.site, t.made_at, t.end_at,
  t.used_at, t.revoked_at, t.revoked_by, t.end_at <= now()
from issued_token t
where t.id > $1::bigint
  and ($3::text is null or (t.issuer = $3 and t.subject = $4))
  and ($5::boolean or (t.revoked_at is null and t.end_at > now()))
order by t.id
limit $2

-- Revokes a token; one that was revoked before stays as it was.
-- params: 1 id, 2 issuer and 3 subject of its owner (both null: whoever owns it), 4 by whom
-- rows: the token as it is then: see token_list; none: there is none, or it is somebody else's
-- locks: the token's row
update issued_token t
set revoked_at = coalesce(t.revoked_at, now()), revoked_by = coalesce(t.revoked_by, $4)
where t.id = $1::bigint
  and ($2::text is null or (t.issuer = $2 and t.subject = $3))
returning
  t.id::text, t.kind, t.name, t.issuer, t.subject, t.owner_name, t.groups, t.spaces, t.role, t.site, t.made_at, t.end_at,
  t.used_at, t.revoked_at, t.revoked_by, t.end_at <= now()

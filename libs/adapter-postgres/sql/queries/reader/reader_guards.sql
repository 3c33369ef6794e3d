-- Whether this database has the policies of role sluice_reader, and we may be that role.
-- params: none
-- rows: 1
-- locks: none
select exists (
  select from pg_policy p
  join pg_roles r on r.rolname = 'sluice_reader' and r.oid = any (p.polroles)
  where p.polrelid = 'workflow'::regclass and p.polname = 'reader' and pg_has_role(r.oid, 'member')
)

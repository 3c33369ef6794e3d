-- compatible
-- Tokens that Sluice itself hands out. Of the token only a digest is kept: its text is 256 random bits, so nobody finds
-- it by trying. `service`: acts for its owner, in these spaces (null: all of the owner's) with at most this role (null: the
-- owner's). `pool`: lets workers of a site in, `*`: of any. `site`: gives orders about a site.
create table issued_token (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('service', 'pool', 'site')),
  name text not null,
  digest bytea not null unique check (octet_length(digest) = 32),
  issuer text not null,
  subject text not null,
  owner_name text,
  groups text[] not null,
  spaces text[],
  role text check (role in ('reader', 'submitter', 'operator', 'administrator')),
  site text,
  made_at timestamptz not null default now(),
  end_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  revoked_by text,
  check ((site is null) = (kind = 'service')),
  check (kind = 'service' or (spaces is null and role is null))
);
create index issued_token_owner on issued_token (issuer, subject, id);

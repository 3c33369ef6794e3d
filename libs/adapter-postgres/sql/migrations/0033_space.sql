-- compatible
-- Spaces, and who has which role in them.

create table space (
  name text primary key,
  -- Outputs of its jobs lie below this; null: nothing is said.
  output_prefix text,
  -- What it may have at most; null: no bound.
  queued_jobs_max bigint check (queued_jobs_max >= 0),
  running_cores_max bigint check (running_cores_max >= 0),
  file_bytes_max bigint check (file_bytes_max >= 0),
  log_bytes_max bigint check (log_bytes_max >= 0),
  created_at timestamptz not null default now()
);
insert into space (name) values ('default');
insert into space (name) select distinct w.space from workflow w on conflict do nothing;

-- A role of one subject of an issuer, or of all whom the issuer says to be of a group. Space '*': in every one.
create table space_grant (
  space text not null,
  issuer text not null,
  holder text not null check (holder in ('subject', 'group')),
  name text not null,
  role text not null check (role in ('reader', 'submitter', 'operator', 'administrator')),
  granted_by text not null default '',
  granted_at timestamptz not null default now(),
  primary key (space, issuer, holder, name)
);

-- Who holds the stack's token is the one local user.
update workflow set owner_issuer = 'local' where owner_issuer = 'stack-token';

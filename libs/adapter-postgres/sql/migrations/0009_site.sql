-- compatible
-- Sites: whether their workers get jobs, and which. A site appears by itself, open, when a worker registers there; where a
-- row is missing all the same, these defaults hold.
create table site (
  name text primary key,
  state text not null default 'open' check (state in ('open', 'draining', 'stopped')),
  tags jsonb not null default '{}',
  -- The pull ceiling: jobs above it are not leased to workers there. Null: none.
  pull_cores int check (pull_cores > 0),
  pull_memory_mib int check (pull_memory_mib > 0),
  -- Terms of its workers, in seconds. Null: the broker's own.
  suspect_sec int check (suspect_sec > 0),
  orphan_sec int check (orphan_sec > 0),
  -- A worker that is cut off for so long ends what runs. Null: never.
  cut_off_stop_sec int check (cut_off_stop_sec > 0),
  sandbox text not null default 'auto' check (sandbox in ('auto', 'required', 'off')),
  -- The last order about its state: why, by whom (empty: nobody, the site appeared), and whether by hand or by a file.
  note text not null default '',
  ordered_by text not null default '',
  ordered_how text not null default 'hand' check (ordered_how in ('hand', 'file')),
  ordered_at timestamptz not null default now(),
  check (orphan_sec >= suspect_sec)
);
insert into site (name) select distinct s.site from session s;

-- The sites file that was applied last: the same one is not applied again.
create table site_file (
  only_one boolean primary key default true check (only_one),
  hash text not null,
  applied_at timestamptz not null default now()
);

alter table session
  add column gpus int not null default 0,
  add column disk_mib int, -- null: unknown, taken as unlimited
  add column features text[] not null default '{}',
  -- What its worker was told to do: 'drain' or 'stop'. Null: nothing.
  add column ordered text check (ordered in ('drain', 'stop')),
  add column note text not null default '',
  add column ordered_by text not null default '',
  add column ordered_at timestamptz;
create index session_site on session (site) where state in ('live', 'suspect', 'draining');

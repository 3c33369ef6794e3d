-- compatible
-- Full logs of attempts in the file store, sent by their workers before they report the end. One object holds both streams, each
-- compressed by itself. `log_bytes` of a quota counts what is kept and what is on its way, as `file_bytes` does for files.
create table attempt_log (
  workflow_id bigint not null,
  ordinal int not null,
  attempt smallint not null,
  space text not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  bytes bigint not null check (bytes >= 0),
  stdout_bytes bigint not null check (stdout_bytes between 0 and bytes), -- what is behind them is stderr's
  created_at timestamptz not null default now(),
  until_at timestamptz, -- its bytes may be on their way for so long; null: they are there
  left_out boolean not null default false, -- its space had no room for it: no bytes are kept
  primary key (workflow_id, ordinal, attempt)
);
create index attempt_log_until on attempt_log (until_at) where until_at is not null;
alter table quota add column log_bytes bigint not null default 0 check (log_bytes >= 0);

-- Verify mode: for tests and trials only. Statement-level triggers write every transition of every job, every change of a
-- limit's use and of which attempts and events there are, each with the transaction that made it. What is written can
-- never be changed. Safe to repeat. Production has none of it.

-- Order of all that is logged. A transition of a job is numbered under the lock of its row, so by job it is the order in
-- which they happened; a parent's end is numbered before what it released.
create sequence if not exists verify_seq;

-- from_state null: the job was made. to_state null: it was deleted, as a refused upload is.
create table if not exists job_log (
  seq bigint primary key default nextval('verify_seq'),
  workflow_id bigint not null,
  ordinal int not null,
  kind smallint not null,
  attempt smallint not null,
  run_no smallint not null,
  from_state smallint,
  to_state smallint,
  reason smallint not null,
  lease_id bigint,
  -- who did it: the name of the connection
  cause text not null default current_setting('application_name'),
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp()
);
create index if not exists job_log_job on job_log (workflow_id, ordinal, seq);

-- What a limit counts: its first row, and every row that set caps, says all of it (`delta` is from what was before).
create table if not exists limit_ledger (
  seq bigint primary key default nextval('verify_seq'),
  limit_id int not null,
  -- grant: a broker's. ended: where attempts end, late ones negative. set: caps were set, or counting began or was done.
  kind text not null,
  delta_jobs bigint not null,
  delta_millicores bigint not null,
  cap_jobs bigint,
  cap_millicores bigint,
  xid xid8 not null default pg_current_xact_id(),
  at timestamptz not null default clock_timestamp()
);
create index if not exists limit_ledger_limit on limit_ledger (limit_id, seq);

-- A workflow's cancel, numbered when its transaction commits: nothing is granted afterwards that did not see it.
create table if not exists cancel_log (
  seq bigint primary key default nextval('verify_seq'),
  workflow_id bigint not null,
  run_no smallint not null,
  at timestamptz not null default clock_timestamp()
);
create index if not exists cancel_log_workflow on cancel_log (workflow_id);

-- Which transaction wrote which event; an outbox row itself is written again when it is confirmed.
create table if not exists outbox_log (
  partition smallint not null,
  seq bigint not null,
  workflow_id bigint not null,
  run_no smallint not null,
  type text not null,
  body text not null,
  xid xid8 not null default pg_current_xact_id(),
  primary key (partition, seq)
);

-- Attempts that had been given up and were taken up again: their records were removed.
create table if not exists attempt_revived (
  seq bigint primary key default nextval('verify_seq'),
  workflow_id bigint not null,
  ordinal int not null,
  attempt smallint not null,
  batch_id uuid
);

create or replace function verify_refuse() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;

do $$
declare log text;
begin
  foreach log in array array['job_log', 'limit_ledger', 'cancel_log', 'outbox_log', 'attempt_revived'] loop
    execute format('create or replace trigger verify_append_only before update or delete or truncate on %I
      for each statement execute function verify_refuse()', log);
  end loop;
end $$;

create or replace function verify_job_made() returns trigger language plpgsql as $$
begin
  insert into job_log (workflow_id, ordinal, kind, attempt, run_no, from_state, to_state, reason, lease_id)
  select n.workflow_id, n.ordinal, n.kind, n.attempt, n.run_no, null, n.state, n.reason, n.lease_id from after_rows n;
  return null;
end $$;

-- A session plans this once, for what its first statement changed, mostly a few rows: then each of two sets would be walked
-- for each row of the other, by one that releases a hundred thousand children too. And the hot path's sessions plan by index
-- only. Hash joins are right for few and many.
create or replace function verify_job_changed() returns trigger language plpgsql
set enable_hashjoin = on set enable_nestloop = off set enable_mergejoin = off as $$
begin
  insert into job_log (workflow_id, ordinal, kind, attempt, run_no, from_state, to_state, reason, lease_id)
  select n.workflow_id, n.ordinal, n.kind, n.attempt, n.run_no, o.state, n.state, n.reason, n.lease_id
  from after_rows n
  left join before_rows o on o.workflow_id = n.workflow_id and o.ordinal = n.ordinal
  where (o.state, o.attempt, o.run_no) is distinct from (n.state, n.attempt, n.run_no);
  return null;
end $$;

create or replace function verify_job_gone() returns trigger language plpgsql as $$
begin
  insert into job_log (workflow_id, ordinal, kind, attempt, run_no, from_state, to_state, reason, lease_id)
  select o.workflow_id, o.ordinal, o.kind, o.attempt, o.run_no, o.state, null, o.reason, o.lease_id from before_rows o;
  return null;
end $$;

create or replace trigger verify_made after insert on job_state
referencing new table as after_rows for each statement execute function verify_job_made();
create or replace trigger verify_changed after update on job_state
referencing old table as before_rows new table as after_rows for each statement execute function verify_job_changed();
create or replace trigger verify_gone after delete on job_state
referencing old table as before_rows for each statement execute function verify_job_gone();

create or replace function verify_limit_changed() returns trigger language plpgsql as $$
begin
  insert into limit_ledger (limit_id, kind, delta_jobs, delta_millicores, cap_jobs, cap_millicores)
  select
    n.id,
    case when (o.id, o.cap_jobs, o.cap_millicores, o.counting) is not distinct from
      (n.id, n.cap_jobs, n.cap_millicores, n.counting) then 'grant' else 'set' end,
    n.granted_jobs - coalesce(o.granted_jobs, 0), n.granted_millicores - coalesce(o.granted_millicores, 0),
    n.cap_jobs, n.cap_millicores
  from after_rows n
  left join before_rows o on o.id = n.id;
  return null;
end $$;

create or replace function verify_limit_made() returns trigger language plpgsql as $$
begin
  insert into limit_ledger (limit_id, kind, delta_jobs, delta_millicores, cap_jobs, cap_millicores)
  select n.id, 'set', n.granted_jobs, n.granted_millicores, n.cap_jobs, n.cap_millicores from after_rows n;
  return null;
end $$;

create or replace function verify_limit_ended() returns trigger language plpgsql as $$
begin
  insert into limit_ledger (limit_id, kind, delta_jobs, delta_millicores)
  select n.limit_id, 'ended', o.jobs - n.jobs, o.millicores - n.millicores
  from after_rows n
  join before_rows o on o.limit_id = n.limit_id and o.partition = n.partition
  where (o.jobs, o.millicores) <> (n.jobs, n.millicores);
  return null;
end $$;

create or replace trigger verify_made after insert on limit_use
referencing new table as after_rows for each statement execute function verify_limit_made();
create or replace trigger verify_changed after update on limit_use
referencing old table as before_rows new table as after_rows for each statement execute function verify_limit_changed();
create or replace trigger verify_changed after update on limit_ended
referencing old table as before_rows new table as after_rows for each statement execute function verify_limit_ended();

create or replace function verify_cancel_asked() returns trigger language plpgsql as $$
begin
  insert into cancel_log (workflow_id, run_no)
  select w.id, w.run_no from workflow w where w.id = new.workflow_id;
  return null;
end $$;

-- `create or replace` knows no constraint triggers, which alone can wait for the commit.
drop trigger if exists verify_cancelled on workflow_control;
create constraint trigger verify_cancelled after update on workflow_control
deferrable initially deferred for each row
when (old.cancel_requested_at is null and new.cancel_requested_at is not null)
execute function verify_cancel_asked();

create or replace function verify_event_told() returns trigger language plpgsql as $$
begin
  insert into outbox_log (partition, seq, workflow_id, run_no, type, body)
  select n.partition, n.seq, n.workflow_id, n.run_no, n.type, n.body from after_rows n;
  return null;
end $$;

create or replace trigger verify_told after insert on outbox
referencing new table as after_rows for each statement execute function verify_event_told();

create or replace function verify_attempt_revived() returns trigger language plpgsql as $$
begin
  insert into attempt_revived (workflow_id, ordinal, attempt, batch_id)
  select o.workflow_id, o.ordinal, o.attempt, o.batch_id from before_rows o;
  return null;
end $$;

create or replace trigger verify_revived after delete on attempt
referencing old table as before_rows for each statement execute function verify_attempt_revived();

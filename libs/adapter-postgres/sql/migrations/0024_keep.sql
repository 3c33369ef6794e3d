-- compatible
-- What is kept of ended workflows, and for how long. See docs/adr/0026.
-- archived_at: its jobs, edges, states and attempts may be gone; it never runs again.
alter table workflow add column archived_at timestamptz;
create index workflow_kept on workflow (id) where archived_at is null;
create index workflow_ended on workflow (ended_at) where archived_at is null and ended_at is not null;

-- What stays of an archived workflow beside its row and its tasks'. place: folder of its files; null: none were written.
-- errors: its error groups, as `errors` tells them.
create table workflow_archive (
  workflow_id bigint primary key references workflow (id) on delete cascade,
  archived_at timestamptz not null,
  place text,
  errors jsonb not null
);

-- The first seq of each partition that the event log still has.
create table outbox_kept (partition smallint primary key, from_seq bigint not null default 1);
insert into outbox_kept (partition) select generate_series(0, 15);

-- thinned_at: only what is not archived is left of it. dropped_at: nothing is.
alter table partition_range add column thinned_at timestamptz, add column dropped_at timestamptz;

-- Copies what never changes any more of some workflows of a range into the tables that are to take its place. Those that an
-- earlier call left are made anew.
create function prepare_range(n int, kept bigint[]) returns void language plpgsql as $$
declare
  part text;
begin
  foreach part in array array['job', 'job_edge', 'job_state', 'attempt'] loop
    execute format('drop table if exists next_%s_p%s', part, n);
    execute format('create table next_%1$s_p%2$s (like %1$s including all)', part, n);
  end loop;
  execute format('alter table next_job_state_p%s set
    (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0)', n);
  foreach part in array array['job', 'job_edge'] loop
    execute format('insert into next_%1$s_p%2$s select * from %1$s_p%2$s where workflow_id = any ($1)', part, n) using kept;
  end loop;
end $$;

-- Takes the tables of a range out, and puts those of prepare_range in their place; none when nothing is kept. What is out is
-- called gone_..., for drop_gone_table. False: a workflow that is not among the kept ones is not archived, nothing is done.
-- Locks the four large tables against everybody: set lock_timeout below deadlock_timeout, so that we are who gives way.
create function swap_range(n int, kept bigint[]) returns boolean language plpgsql as $$
declare
  part text;
  range partition_range;
begin
  lock table only job, only job_edge, only job_state, only attempt in access exclusive mode;
  select * into range from partition_range r where r.no = n for update;
  if range.dropped_at is not null or exists (
    select from workflow w
    where w.id >= range.from_id and w.id < range.to_id and w.archived_at is null and w.id <> all (kept)
  ) then
    return false;
  end if;
  foreach part in array array['job', 'job_edge', 'job_state', 'attempt'] loop
    execute format('alter table %1$s detach partition %1$s_p%2$s', part, n);
    execute format('alter table %1$s_p%2$s rename to gone_%1$s_p%2$s_%3$s', part, n,
      case when range.thinned_at is null then 'full' else 'thin' end);
    continue when cardinality(kept) = 0;
    if part in ('job_state', 'attempt') then
      execute format('insert into next_%1$s_p%2$s select * from gone_%1$s_p%2$s_full where workflow_id = any ($1)', part, n)
        using kept;
    end if;
    execute format('alter table next_%1$s_p%2$s rename to %1$s_p%2$s', part, n);
    execute format('alter table %1$s attach partition %1$s_p%2$s for values from (%3$s) to (%4$s)',
      part, n, range.from_id, range.to_id);
  end loop;
  update partition_range r
  set thinned_at = now(), dropped_at = case when cardinality(kept) = 0 then now() end
  where r.no = n;
  return true;
end $$;

-- Drops one table that swap_range took out. Null: there is none.
create function drop_gone_table() returns text language plpgsql as $$
declare
  gone text;
begin
  select c.relname into gone
  from pg_class c
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r'
    and c.relname ~ '^gone_(job|job_edge|job_state|attempt)_p[0-9]+_(full|thin)$'
  limit 1;
  if gone is not null then
    execute format('drop table if exists %I', gone);
  end if;
  return gone;
end $$;

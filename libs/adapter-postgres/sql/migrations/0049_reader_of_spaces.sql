-- compatible
-- The reader sees its spaces themselves too: where their outputs go is read with a workflow.

-- Makes the role, and guards what it reads; safe to repeat. Roles belong to all databases of a server, policies to one.
-- False: whoever asks may not make roles, and nobody made this one: nothing is done. Tables of partitions need nothing: the
-- role reads them through their parents only.
create or replace function guard_reads() returns boolean language plpgsql as $$
declare
  of_workflow constant text[] := array['attempt', 'held', 'job', 'job_edge', 'job_state', 'outbox', 'parent_pack',
    'pause_order', 'paused_job', 'ready', 'task', 'task_failure', 'task_memory', 'workflow_archive', 'workflow_command',
    'workflow_control'];
  of_space constant text[] := array['ready_class', 'space', 'workflow'];
  named text;
  visible text;
begin
  if not exists (select from pg_roles r where r.rolname = 'sluice_reader') then
    begin
      create role sluice_reader nologin;
    exception
      when duplicate_object or unique_violation then null; -- who migrates another database was quicker
      when insufficient_privilege then return false;
    end;
  end if;
  begin
    set local role sluice_reader;
    reset role;
  exception
    when insufficient_privilege then
      begin
        execute format('grant sluice_reader to %I', current_user);
      exception
        when insufficient_privilege then return false;
      end;
  end;
  execute format('grant usage on schema %I to sluice_reader', current_schema());
  grant select on session, site, limit_use to sluice_reader;
  grant select (id, session_id, granted_at, open, limited, workflow_ids, ordinals) on lease to sluice_reader;
  grant select (workflow_ids, first_at, requeued_at) on dead_letter to sluice_reader;
  foreach named in array of_workflow || of_space loop
    execute format('grant select on %I to sluice_reader', named);
    continue when exists (
      select from pg_policy p where p.polrelid = format('%I.%I', current_schema(), named)::regclass and p.polname = 'reader'
    );
    visible := case
      when named = 'space' then 'name = any ((select visible_spaces())::text[])'
      when named = any (of_space) then 'space = any ((select visible_spaces())::text[])'
      else 'workflow_id = (select hinted_workflow()) or is_visible(workflow_id)'
    end;
    execute format('create policy everybody on %I using (true) with check (true)', named);
    execute format('create policy reader on %I as restrictive for select to sluice_reader using (%s)', named, visible);
    execute format('alter table %I enable row level security', named);
  end loop;
  return true;
end $$;

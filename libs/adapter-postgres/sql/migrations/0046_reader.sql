-- compatible
-- The second wall: role sluice_reader sees rows of workflows of the spaces that its session names, and nothing else. It guards
-- what a gateway reads for people. See docs/adr/0040.
--   sluice.spaces    names of spaces as an array literal; not set: none
--   sluice.workflow  id of the workflow that is asked for, only a hint: it is looked up once in a statement, where rows of
--                    others have theirs looked up one by one

-- Functions in place of sub-selects in the policies: those would be planned anew with each statement, once for each table.
-- Cheap to the planner, so that it takes the plans that it takes without them.
create function hinted_workflow() returns bigint language plpgsql stable parallel safe cost 1 as $$
begin
  return (select w.id from workflow w where w.public_id = current_setting('sluice.workflow', true));
end $$;
create function is_visible(of_workflow bigint) returns boolean language plpgsql stable parallel safe cost 1 as $$
begin
  return exists (select from workflow w where w.id = of_workflow);
end $$;
create function visible_spaces() returns text[] language plpgsql stable parallel safe cost 1 as $$
begin
  return nullif(current_setting('sluice.spaces', true), '')::text[];
end $$;

-- Makes the role, and guards what it reads; safe to repeat. Roles belong to all databases of a server, policies to one.
-- False: whoever asks may not make roles, and nobody made this one: nothing is done. Tables of partitions need nothing: the
-- role reads them through their parents only.
create function guard_reads() returns boolean language plpgsql as $$
declare
  of_workflow constant text[] := array['attempt', 'held', 'job', 'job_edge', 'job_state', 'outbox', 'parent_pack',
    'pause_order', 'paused_job', 'ready', 'task', 'task_failure', 'task_memory', 'workflow_archive', 'workflow_command',
    'workflow_control'];
  of_space constant text[] := array['ready_class', 'workflow'];
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
      when named = any (of_space) then 'space = any ((select visible_spaces())::text[])'
      else 'workflow_id = (select hinted_workflow()) or is_visible(workflow_id)'
    end;
    execute format('create policy everybody on %I using (true) with check (true)', named);
    execute format('create policy reader on %I as restrictive for select to sluice_reader using (%s)', named, visible);
    execute format('alter table %I enable row level security', named);
  end loop;
  return true;
end $$;

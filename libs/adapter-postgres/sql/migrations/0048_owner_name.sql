-- compatible
-- A user is an issuer's subject: who is called alike by two issuers shares nothing. See docs/adr/0041.

-- A user in names of limits, shares and classes: ownerName() of libs/core.
create function owner_name(issuer text, subject text) returns text language sql immutable parallel safe as $$
  select case when issuer = 'local' then subject else subject || '@' || issuer end
$$;

-- Classes and shares of workflows that are there keep the names that they have: what they run is charged as it was granted.
-- Caps hold for new workflows of each issuer's user by that name. No class has the new names yet: they begin from nothing.
with made as (
  insert into limit_use (kind, name, cap_jobs, cap_millicores)
  select distinct 'user', owner_name(w.owner_issuer, w.owner_subject), u.cap_jobs, u.cap_millicores
  from limit_use u
  join workflow w on w.owner_subject = u.name and w.owner_issuer <> 'local'
  where u.kind = 'user' and u.counting is null
  on conflict do nothing
  returning id
),
ended as (insert into limit_ended (limit_id, partition) select m.id, p.no from made m, generate_series(0, 15) as p(no))
update limit_change c set no = c.no + 1 where exists (select from made);

-- What a space may run at once is its limit, from now on in force. running_cores_max is not read any more.
do $$
begin
  if not exists (select from space s where s.running_cores_max is not null) then
    return;
  end if;
  lock table lease in share row exclusive mode; -- nothing starts or ends: as limit-store.ts does
  update limit_change set no = no + 1, lease_id = coalesce((select max(l.id) from lease l), 0);
  with running as (
    select c.space, count(*) as jobs, sum(greatest(1, round(c.cores * 1000))) as millicores
    from lease l
    cross join lateral unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
    cross join lateral (
      select coalesce(i.class_id, t.class_id) as class_id
      from job_state i
      join task t on t.workflow_id = i.workflow_id and t.ordinal = i.task
      where i.workflow_id = g.workflow_id and i.ordinal = g.ordinal and i.attempt = g.attempt and i.state = 2
        and i.lease_id = l.id
      offset 0
    ) j
    join ready_class c on c.id = j.class_id
    where l.open > 0
    group by c.space
  ),
  made as (
    insert into limit_use as u (kind, name, cap_millicores, granted_jobs, granted_millicores)
    select 'space', s.name, s.running_cores_max * 1000, coalesce(r.jobs, 0), coalesce(r.millicores, 0)
    from space s left join running r on r.space = s.name
    where s.running_cores_max is not null
    on conflict (kind, name) do nothing
    returning u.id
  )
  insert into limit_ended (limit_id, partition) select m.id, p.no from made m, generate_series(0, 15) as p(no);
  -- Where somebody had set a limit of the space, its caps stand; of cores it gets one where it had none.
  update limit_use u
  set cap_millicores = s.running_cores_max * 1000
  from space s
  where u.kind = 'space' and u.name = s.name and u.counting is null and u.cap_millicores is null
    and s.running_cores_max is not null;
end $$;

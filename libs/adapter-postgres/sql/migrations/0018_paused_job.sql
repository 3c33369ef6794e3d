-- compatible
-- Open jobs that a filter meant are paused by themselves. All jobs of a ready row are, or none: it is marked while they, their
-- task or their workflow are. jobs_paused says that a workflow has, or had, such jobs: of others nobody looks for them.
create table paused_job (
  workflow_id bigint not null,
  ordinal integer not null,
  paused_at timestamptz not null,
  primary key (workflow_id, ordinal)
);
alter table workflow_control add column jobs_paused boolean not null default false;

-- Jobs of one workflow, apart: those that are paused by themselves, and the others. Planned as part of what asks for it, and
-- where `any_paused` is not true no more than a row that is handed on.
create function paused_parts(of_workflow bigint, among int[], any_paused boolean)
returns table (ordinals int[], by_itself boolean)
language sql stable as $$
  select among, false
  where any_paused is not true
  union all
  select array_agg(o.ordinal order by o.no), j.by_itself
  from unnest(among) with ordinality as o(ordinal, no)
  cross join lateral (
    select exists (
      select 1 from paused_job p where p.workflow_id = of_workflow and p.ordinal = o.ordinal
    ) as by_itself
    offset 0 -- one by one: joined, the planner may hold all paused jobs against each
  ) j
  where any_paused
  group by j.by_itself
$$;

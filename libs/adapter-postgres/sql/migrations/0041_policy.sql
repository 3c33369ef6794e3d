-- compatible
-- What the policy of a document asks for: at most so many jobs of a workflow at once, and an end in time.

-- policy.parallelism is a limit of the workflow, named by its public id. Its classes are its own: they name it.
alter table limit_use drop constraint limit_use_kind_check;
alter table limit_use add constraint limit_use_kind_check check (kind in ('named', 'site', 'space', 'user', 'workflow'));
-- Public id of the workflow whose parallelism counts the jobs of the class; '': of none.
alter table ready_class add column workflow text not null default '';

create or replace function limits_on(of_class int, at_site text) returns table (limit_id int, millicores int)
language sql stable as $$
  select u.id, greatest(1, round(c.cores * 1000))::int
  from ready_class c
  cross join lateral unnest(
    array['site', 'space', 'user', 'workflow'] || array_fill('named'::text, array[cardinality(c.limits)]),
    array[at_site, c.space, c.owner, c.workflow] || c.limits
  ) as k(kind, name)
  join limit_use u on u.kind = k.kind and u.name = k.name
  where c.id = of_class
$$;

-- policy.timeoutSec, counted from the seal, or from the retry that opened the run.
alter table workflow add column deadline_at timestamptz;
create index workflow_deadline on workflow (partition, deadline_at) where deadline_at is not null and ended_at is null;
-- Why it is cancelled, where nobody ordered it: 'timeout'.
alter table workflow_control add column cancel_cause text;

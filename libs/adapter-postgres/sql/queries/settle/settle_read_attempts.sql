-- Reads what a decision about failed attempts needs: what was used of the budgets, and what their task and class say.
-- hot
-- params: workflow_id[], ordinal[]
-- rows: position in the arrays (from 1), task, tries used, infra used, class id, whether the class is the job's own, site of the
--   worker that has the job;
--   and in one row of each task and class: retries, infra retries, retry policy and resources (json texts), label, key of
--   the class, its memory MiB
-- locks: none; the caller holds the partition's lock, so nobody else ends these attempts meanwhile
select
  e.no, e.task, e.tries_used, e.infra_used, e.class_id, e.own, o.site,
  f.retries, f.infra_retries, f.retry, f.resources, f.label, f.key, f.memory_mib
from (
  select
    a.no, s.workflow_id, s.task, s.tries_used, s.infra_used, coalesce(s.class_id, t.class_id) as class_id,
    s.class_id is not null as own, s.lease_id,
    row_number() over (partition by s.workflow_id, s.task, coalesce(s.class_id, t.class_id) order by a.no) as place
  from unnest($1::bigint[], $2::int[]) with ordinality as a(workflow_id, ordinal, no)
  cross join lateral (
    select i.workflow_id, i.task, i.class_id, i.lease_id, i.tries_used, i.infra_used from job_state i
    where i.workflow_id = a.workflow_id and i.ordinal = a.ordinal
    offset 0
  ) s
  join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
) e
left join lateral (
  select
    t.retries, t.infra_retries, (t.template -> 'retry')::text as retry, (t.template -> 'resources')::text as resources,
    t.label, c.key, c.memory_mib
  from task t
  join ready_class c on c.id = e.class_id
  where t.workflow_id = e.workflow_id and t.ordinal = e.task and e.place = 1
) f on true
left join lease l on l.id = e.lease_id
left join session o on o.id = l.session_id
order by e.no

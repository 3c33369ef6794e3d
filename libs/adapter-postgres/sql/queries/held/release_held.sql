-- Moves retries whose back-off is over into ready, at most 10,000; not those of paused workflows. Of a workflow that is to
-- be cancelled only a final job that runs always.
-- `offset 0` keeps jobs looked up one by one: with statistics older than the workflow the planner would walk all of its jobs
-- for each.
-- hot
-- params: none
-- rows: one: classes that got jobs (comma-separated or null), seconds until the next one is due (0: more are due than it took;
--   null: none)
-- locks: held rows, those of others skipped
with due as (
  delete from held h
  where h.ctid = any (array(
    select d.ctid from held d
    where d.due_at <= now() and not d.paused
    order by d.due_at
    limit 10000
    for update skip locked
  ))
  returning h.workflow_id, h.ordinal, h.task
),
queued as (
  insert into ready (class_id, priority, workflow_id, task, jobs, ordinals)
  select s.class_id, s.priority, s.workflow_id, s.task, count(*), array_agg(s.ordinal)
  from (
    select
      coalesce(j.class_id, t.class_id) as class_id, t.priority, d.workflow_id, d.task, d.ordinal,
      (row_number() over (partition by d.workflow_id, d.task, j.class_id order by d.ordinal) - 1) / 400 as slice
    from due d
    join task t on t.workflow_id = d.workflow_id and t.ordinal = d.task
    cross join lateral (
      select i.class_id from job_state i
      where i.workflow_id = d.workflow_id and i.ordinal = d.ordinal and i.state = 1
      offset 0
    ) j
    where not exists (
      select 1
      from workflow_control c
      join workflow w on w.id = c.workflow_id
      where c.workflow_id = d.workflow_id and c.cancel_requested_at is not null
        and (w.final_ordinal is distinct from d.ordinal or w.final_when is distinct from 'always')
    )
  ) s
  group by s.class_id, s.priority, s.workflow_id, s.task, s.slice
  returning class_id
)
select
  (select string_agg(distinct q.class_id::text, ',') from queued q),
  case when (select count(*) from due) >= 10000 then 0 else (
    select greatest(extract(epoch from h.due_at - now()), 0)::float8
    from held h
    where h.due_at > now() and not h.paused
    order by h.due_at
    limit 1
  ) end

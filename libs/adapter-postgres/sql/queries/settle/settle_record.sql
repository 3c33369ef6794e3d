-- Writes what a settle changed: the counts of its tasks, what failed by reason, the event of what ended, the verdicts.
-- hot
-- params: per task: 1 workflow_id, 2 task, 3 no longer waiting, 4 finished, 5 failed, 6 run ms, 7 runs;
--   per task and reason: 8 workflow_id, 9 task, 10 reason, 11 jobs;
--   12 partition; per event row: 13 workflow_id, 14 type, 15 body;
--   per batch: 16 batch id, 17 session_id, 18 events, 19 duplicates ('{1,2}'), 20 stale
-- rows: tasks without an open job, or with one that waits and may be the final job: workflow_id, task
-- locks: task rows, event_cursor row
with change as materialized (
  select c.*
  from unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::int[]) as c(
    workflow_id, task, unwaiting, finished, failed, run_ms, runs
  )
),
counted as (
  update task t
  set
    waiting = t.waiting - c.unwaiting,
    finished = t.finished + c.finished,
    failed = t.failed + c.failed,
    run_ms_total = t.run_ms_total + c.run_ms,
    run_count = t.run_count + c.runs
  from change c
  where t.workflow_id = c.workflow_id and t.ordinal = c.task
  returning t.workflow_id, t.ordinal, t.waiting, t.total - t.finished - t.failed as open
),
failures as (
  insert into task_failure (workflow_id, task, reason, jobs)
  select f.workflow_id, f.task, f.reason, f.jobs
  from unnest($8::bigint[], $9::int[], $10::smallint[], $11::int[]) as f(workflow_id, task, reason, jobs)
  on conflict (workflow_id, task, reason) do update set jobs = task_failure.jobs + excluded.jobs
),
cursor as (
  update event_cursor set seq = seq + cardinality($13::bigint[])
  where partition = $12 and cardinality($13::bigint[]) > 0
  returning seq - cardinality($13::bigint[]) as base
),
told as (
  insert into outbox (partition, seq, workflow_id, run_no, type, body)
  select $12, c.base + e.no, e.workflow_id, w.run_no, e.type, e.body
  from cursor c, unnest($13::bigint[], $14::text[], $15::text[]) with ordinality as e(workflow_id, type, body, no)
  join workflow w on w.id = e.workflow_id
),
seen as (
  insert into batch_seen (batch_id, session_id, events, duplicate, stale)
  select b.batch_id, b.session_id, b.events, b.duplicate::int[], b.stale::int[]
  from unnest($16::uuid[], $17::bigint[], $18::int[], $19::text[], $20::text[]) as b(
    batch_id, session_id, events, duplicate, stale
  )
  on conflict (batch_id) do nothing
)
select c.workflow_id, c.ordinal from counted c where c.open = 0 or (c.open = 1 and c.waiting = 1)

-- Takes an ended workflow, unless it is archived, out of its end state for its next run.
-- params: workflow_id
-- rows: new run no, if the workflow had ended
-- locks: workflow row; limit_use and limit_change rows, if its parallelism was forgotten
with opened as (
  update workflow w
  set
    state = 'running', run_no = w.run_no + 1, ended_at = null,
    deadline_at = now() + least((w.header #>> '{policy,timeoutSec}')::numeric, 3e9)::float8 * interval '1 second'
  where w.id = $1 and w.archived_at is null and w.state in ('done', 'partial', 'failed', 'cancelled')
  returning w.run_no, w.public_id, w.partition, (w.header #>> '{policy,parallelism}')::numeric as parallelism
),
limited as (
  insert into limit_use (kind, name, cap_jobs)
  select 'workflow', o.public_id, least(o.parallelism, 1000000000)::int from opened o where o.parallelism is not null
  on conflict (kind, name) do nothing
  returning id
),
uncounted as (
  insert into limit_ended (limit_id, partition) select l.id, o.partition from limited l, opened o
),
changed as (update limit_change c set no = c.no + 1 where exists (select from limited))
select o.run_no from opened o

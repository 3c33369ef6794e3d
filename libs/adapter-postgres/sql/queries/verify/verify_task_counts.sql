-- I28: the counts of a task are the counts of its jobs.
-- params: workflows 1 from, 2 to (numbers, both included); 3 most rows
-- rows: workflow number, ordinal (null: not about one), what is wrong
-- locks: none
select t.workflow_id, null::int, format(
  'label %s counts %s jobs, %s waiting, %s finished, %s failed; there are %s, %s, %s, %s', to_json(t.label), t.total,
  t.waiting, t.finished, t.failed, coalesce(c.jobs, 0), coalesce(c.waits, 0), coalesce(c.good, 0), coalesce(c.bad, 0)
)
from task t
join workflow w on w.id = t.workflow_id and w.upload_state = 'sealed' and w.archived_at is null
left join (
  select s.workflow_id, s.task, count(*) as jobs, count(*) filter (where s.state = 0) as waits,
    count(*) filter (where s.state = 3) as good, count(*) filter (where s.state = 4) as bad
  from job_state s
  where s.workflow_id between $1::bigint and $2::bigint
  group by s.workflow_id, s.task
) c on c.workflow_id = t.workflow_id and c.task = t.ordinal
where t.workflow_id between $1 and $2 and (t.total, t.waiting, t.finished, t.failed) is distinct from
  (coalesce(c.jobs, 0), coalesce(c.waits, 0), coalesce(c.good, 0), coalesce(c.bad, 0))
limit $3

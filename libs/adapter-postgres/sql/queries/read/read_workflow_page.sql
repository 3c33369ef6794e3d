-- Sealed workflows, newest first, with their counts in one snapshot. A held job counts as ready.
-- params: 1 public id of the last workflow of the page before, or null; 2 name or null; 3 state or null; 4 rows
-- rows: public_id, name, state, submitted_at, ended_at, total, waiting, finished, failed, ready, failures: [[reason, jobs]]
-- locks: none
with page as (
  select w.id, w.public_id, w.name, w.state, w.submitted_at, w.ended_at
  from workflow w
  where w.upload_state = 'sealed'
    and ($1::text is null
      or (w.submitted_at, w.id) < (select c.submitted_at, c.id from workflow c where c.public_id = $1))
    and ($2::text is null or (md5(w.name) = md5($2) and w.name = $2))
    and ($3::text is null or w.state = $3)
  order by w.submitted_at desc, w.id desc
  limit $4
)
select
  p.public_id, p.name, p.state, p.submitted_at, p.ended_at,
  t.total, t.waiting, t.finished, t.failed,
  case when p.state in ('running', 'paused') then
    (select coalesce(sum(r.jobs), 0) from ready r where r.workflow_id = p.id)
    + (select count(*) from held h where h.workflow_id = p.id)
  else 0 end::int as ready,
  (select coalesce(json_agg(json_build_array(f.reason, f.jobs)), '[]')
   from task_failure f where f.workflow_id = p.id and f.jobs > 0) as failures
from page p
cross join lateral (
  select
    coalesce(sum(t.total), 0)::int as total, coalesce(sum(t.waiting), 0)::int as waiting,
    coalesce(sum(t.finished), 0)::int as finished, coalesce(sum(t.failed), 0)::int as failed
  from task t
  where t.workflow_id = p.id
) t
order by p.submitted_at desc, p.id desc

-- Sealed workflows, newest first, with their counts in one snapshot. A held job counts as ready.
-- params: 1 public id of the last workflow of the page before, or null; 2 name or null; 3 state or null; 4 rows;
--   5 JSON: what names and task labels must be like, each [{"not": bool, "like": [pattern]}] or [{"not": bool, "values":
--   [label]}]; each or null: 6 owners, 7 states, 8 spaces, 9 submitted then or later, 10 submitted before; 11 names of
--   conditions that are turned around (owner, state, space); 12 visible spaces (null: all)
-- rows: public_id, name, state, submitted_at, ended_at, total, waiting, finished, failed, ready, failures: [[reason, jobs]]
-- locks: none
with page as (
  select w.id, w.public_id, w.name, w.state, w.submitted_at, w.ended_at
  from workflow w
  where w.upload_state = 'sealed' and ($12::text[] is null or w.space = any ($12))
    and ($1::text is null
      or (w.submitted_at, w.id) < (select c.submitted_at, c.id from workflow c where c.public_id = $1 and ($12::text[] is null or c.space = any ($12))))
    and ($2::text is null or (md5(w.name) = md5($2) and w.name = $2))
    and ($3::text is null or w.state = $3)
    and not exists (
      select 1 from jsonb_to_recordset($5::jsonb -> 'names') as c("not" bool, "like" text[])
      where (w.name like any (c."like")) = c."not"
    )
    and not exists (
      select 1 from jsonb_to_recordset($5::jsonb -> 'labels') as c("not" bool, "values" text[])
      where exists (select 1 from task t where t.workflow_id = w.id and t.label = any (c."values")) = c."not"
    )
    and ($6::text[] is null or (owner_name(w.owner_issuer, w.owner_subject) = any ($6)) <> ('owner' = any ($11::text[])))
    and ($7::text[] is null or (w.state = any ($7)) <> ('state' = any ($11)))
    and ($8::text[] is null or (w.space = any ($8)) <> ('space' = any ($11)))
    and ($9::timestamptz is null or w.submitted_at >= $9)
    and ($10::timestamptz is null or w.submitted_at < $10)
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

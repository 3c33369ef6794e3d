-- What a document's header says, and how much of its jobs is kept.
-- params: 1 workflow id
-- rows: header as it came (text, null: not kept), templates, jobs without the final one, jobs and edges in parent packs,
--   final ordinal or null (at most 1)
-- locks: none
select
  w.written_header,
  (select count(*)::int from jsonb_object_keys(w.header -> 'templates')),
  w.job_count - case when w.final_ordinal is null then 0 else 1 end,
  p.jobs, p.edges,
  w.final_ordinal
from workflow w
cross join lateral (
  select coalesce(sum(p.jobs), 0)::int as jobs, coalesce(sum(p.edges), 0)::int as edges
  from parent_pack p
  where p.workflow_id = w.id
) p
where w.id = $1 and w.upload_state = 'sealed'

-- Whose jobs run under a limit: of the newest leases that are charged to any limit.
-- params: 1 limit id's kind, 2 its name, 3 most leases, 4 most holders, 5 visible spaces (null: all)
-- rows: public id of the workflow, its name, owner, jobs
-- locks: none
with charged as materialized (
  select l.id, s.site, g.workflow_id, g.ordinal
  from (
    select l.id, l.session_id, l.workflow_ids, l.ordinals
    from lease l
    where l.limited and l.open > 0
    order by l.id desc
    limit $3
  ) l
  join session s on s.id = l.session_id
  cross join lateral unnest(l.workflow_ids, l.ordinals) as g(workflow_id, ordinal)
),
running as materialized (
  select c.workflow_id, coalesce(j.class_id, t.class_id) as class_id, c.site, count(*)::int as jobs
  from charged c
  join job_state j on j.workflow_id = c.workflow_id and j.ordinal = c.ordinal and j.lease_id = c.id and j.state = 2
  join task t on t.workflow_id = j.workflow_id and t.ordinal = j.task
  group by c.workflow_id, coalesce(j.class_id, t.class_id), c.site
)
select w.public_id, w.name, owner_name(w.owner_issuer, w.owner_subject), sum(r.jobs)::int
from running r
join workflow w on w.id = r.workflow_id and ($5::text[] is null or w.space = any ($5))
where exists (
  select 1 from limits_on(r.class_id, r.site) o join limit_use u on u.id = o.limit_id
  where u.kind = $1 and u.name = $2
)
group by w.id
order by 4 desc, w.id
limit $4

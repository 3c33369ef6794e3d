-- I17: no grant passed a cap. Of one transaction only the sum counts; what it took counts at its end, what it gave back
-- from its beginning on. A cap that was lowered may be passed by what runs, never by a grant.
with moved as (
  select g.limit_id, g.xid,
    case when sum(g.delta_jobs) > 0 then max(g.seq) else min(g.seq) end as seq_jobs,
    case when sum(g.delta_millicores) > 0 then max(g.seq) else min(g.seq) end as seq_millicores,
    max(g.seq) as seq, sum(g.delta_jobs) as jobs, sum(g.delta_millicores) as millicores,
    bool_or(g.kind = 'grant') as granted,
    (array_agg(g.cap_jobs order by g.seq desc) filter (where g.kind <> 'ended'))[1] as cap_jobs,
    (array_agg(g.cap_millicores order by g.seq desc) filter (where g.kind <> 'ended'))[1] as cap_millicores
  from limit_ledger g
  group by g.limit_id, g.xid
),
summed as (
  select m.*,
    sum(m.jobs) over (partition by m.limit_id order by m.seq_jobs) as run_jobs,
    sum(m.millicores) over (partition by m.limit_id order by m.seq_millicores) as run_millicores
  from moved m
)
select null::bigint as workflow_id, null::int as ordinal,
  format('limit %s, seq %s: %s jobs and %s millicores ran under it, its caps were %s and %s',
    s.limit_id, s.seq, s.run_jobs, s.run_millicores, s.cap_jobs, s.cap_millicores) as wrong
from summed s
where s.granted and (s.run_jobs > s.cap_jobs or s.run_millicores > s.cap_millicores)

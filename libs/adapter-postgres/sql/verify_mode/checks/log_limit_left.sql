-- I19, at quiet: nothing is counted under a limit any more.
select null::bigint as workflow_id, null::int as ordinal,
  format('limit %s still counts %s jobs and %s millicores', g.limit_id, sum(g.delta_jobs), sum(g.delta_millicores)) as wrong
from limit_ledger g
join limit_use u on u.id = g.limit_id and u.counting is null
group by g.limit_id
having sum(g.delta_jobs) <> 0 or sum(g.delta_millicores) <> 0

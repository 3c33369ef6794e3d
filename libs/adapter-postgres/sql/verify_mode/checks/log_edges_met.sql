-- I4, I5: when a job was leased, each of its parents had finished; those that it only waits for the end of had ended.
select l.workflow_id, l.ordinal,
  format('attempt %s was leased while its parent %s was in state %s', l.attempt, e.parent, coalesce(p.state, -1)) as wrong
from job_log l
join (
  select x.workflow_id, x.ordinal as parent, c.child, c.success
  from job_edge x
  cross join lateral (
    select unnest(x.on_success) as child, true as success union all select unnest(x.on_ended), false
  ) c
) e on e.workflow_id = l.workflow_id and e.child = l.ordinal
left join lateral (
  select b.to_state as state
  from job_log b
  where b.workflow_id = l.workflow_id and b.ordinal = e.parent and b.seq < l.seq
  order by b.seq desc
  limit 1
) p on true
where l.from_state = 1 and l.to_state = 2
  and not coalesce(p.state = 3 or (p.state = 4 and not e.success), false)

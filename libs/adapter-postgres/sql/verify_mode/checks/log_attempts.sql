-- I7, I13: attempts are granted one after the other, by one; each ends before the next is granted.
select l.workflow_id, l.ordinal, format('seq %s: attempt %s came after attempt %s', l.seq, l.attempt, l.was) as wrong
from (
  select g.*, lag(g.attempt) over (partition by g.workflow_id, g.ordinal order by g.seq) as was
  from job_log g
) l
where l.attempt < coalesce(l.was, 0) or l.attempt > coalesce(l.was, 0) + 1
  or (l.attempt = coalesce(l.was, 0) + 1 and (l.from_state, l.to_state) is distinct from (1, 2))

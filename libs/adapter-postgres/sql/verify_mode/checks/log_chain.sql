-- I3: every transition begins where the one before ended, and is one of those that there are: an end is left by a new run
-- only. A leased job is leased again under its old attempt when it was given up and its worker came back in time.
with chain as (
  select
    l.*,
    lag(l.to_state) over job as was, lag(l.run_no) over job as was_run, lag(l.attempt) over job as was_attempt
  from job_log l
  window job as (partition by l.workflow_id, l.ordinal order by l.seq)
),
allowed(from_state, to_state, attempts, runs) as (
  values
    (0, 1, 0, 0), (0, 4, 0, 0), (1, 2, 1, 0), (1, 2, 0, 0), (1, 3, 0, 0), (1, 4, 0, 0), (2, 1, 0, 0), (2, 3, 0, 0),
    (2, 4, 0, 0), (3, 0, 0, 1), (4, 0, 0, 1)
)
select c.workflow_id, c.ordinal, format('seq %s: from state %s to %s, attempt %s to %s, run %s to %s; before it was %s',
  c.seq, c.from_state, c.to_state, c.was_attempt, c.attempt, c.was_run, c.run_no, c.was) as wrong
from chain c
left join allowed a
  on a.from_state = c.from_state and a.to_state = c.to_state and a.attempts = c.attempt - c.was_attempt
  and a.runs = least(c.run_no - c.was_run, 1)
where c.from_state is distinct from c.was
  or (c.from_state is not null and c.to_state is not null and a.from_state is null)
  or (c.from_state is null and c.to_state not in (0, 1))
  or (c.to_state is null and c.from_state not in (0, 1))
  or (c.from_state = 1 and c.to_state = 3) <> (c.kind = 1 and c.to_state = 3)

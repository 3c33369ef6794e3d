-- I2: a job ends once in each run.
select l.workflow_id, l.ordinal, format('ended %s times in run %s', count(*), l.run_no) as wrong
from job_log l
where l.to_state in (3, 4)
group by l.workflow_id, l.ordinal, l.run_no
having count(*) <> 1

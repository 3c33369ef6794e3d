-- Where the next workflow goes. Jobs of a range: what was counted, or the planner's estimate of its table if that is more.
-- params: none
-- rows: number of the current range, first id of the next range, jobs of the current range, whether the next range exists
-- locks: none
select r.no, r.to_id, greatest(r.jobs, coalesce(c.reltuples, 0)::bigint), exists (select from partition_range n where n.no = r.no + 1)
from workflow_id_seq s
join partition_range r on s.last_value >= r.from_id and s.last_value < r.to_id
left join pg_class c on c.oid = to_regclass('job_p' || r.no)

-- The classes that have ready jobs which nobody paused, and how many.
-- params: none
-- rows: the class (json, by columns), jobs
-- locks: none
select to_json(c), r.jobs
from (select r.class_id, sum(r.jobs)::int as jobs from ready r where not r.paused group by r.class_id) r
join ready_class c on c.id = r.class_id
order by r.class_id

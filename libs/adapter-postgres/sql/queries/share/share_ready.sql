-- Ready jobs of each share, those of paused workflows left out.
-- params: none
-- rows: share id, jobs
-- locks: none
select c.share_id, sum(r.jobs)::int
from ready r
join ready_class c on c.id = r.class_id
where not r.paused and c.share_id is not null
group by c.share_id

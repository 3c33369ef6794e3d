-- Counts ends of attempts that came late, again, or to nothing, by the sites of their workers.
-- hot
-- params: 1 partition; per session, distinct: 2 session_id, 3 late, 4 duplicate, 5 stale
-- rows: none
-- locks: report_count rows of the partition
insert into report_count as n (site, partition, late, duplicate, stale)
select s.site, $1, sum(c.late), sum(c.duplicate), sum(c.stale)
from unnest($2::bigint[], $3::int[], $4::int[], $5::int[]) as c(session_id, late, duplicate, stale)
join session s on s.id = c.session_id
group by s.site
on conflict (site, partition) do update
set late = n.late + excluded.late, duplicate = n.duplicate + excluded.duplicate, stale = n.stale + excluded.stale

-- Forgets a site, and what was counted of its workers' reports; not while workers are there.
-- params: name
-- rows: name
-- locks: the site row, its report_count rows
with gone as (
  delete from site s
  where s.name = $1
    and not exists (select 1 from session o where o.site = s.name and o.state in ('live', 'suspect', 'draining'))
  returning s.name
),
uncounted as (delete from report_count n using gone g where n.site = g.name)
select g.name from gone g

-- Forgets a site; not while workers are there.
-- params: name
-- rows: name
-- locks: the site row
delete from site s
where s.name = $1
  and not exists (select 1 from session o where o.site = s.name and o.state in ('live', 'suspect', 'draining'))
returning s.name

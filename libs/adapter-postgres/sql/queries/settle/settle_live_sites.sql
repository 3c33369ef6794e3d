-- The sites at which a worker is alive.
-- hot
-- params: none
-- rows: site
-- locks: none
select distinct s.site from session s where s.state = 'live'

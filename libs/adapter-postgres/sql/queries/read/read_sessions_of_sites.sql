-- Whether any worker was ever at one of these sites.
-- params: 1 sites
-- rows: 1
-- locks: none
select exists (select 1 from session s where s.site = any ($1::text[]))

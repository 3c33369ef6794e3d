-- Takes the name of a report of a site.
-- params: site, report, core seconds in all
-- rows: the name, if it was free
-- locks: the new row
insert into share_report (site, report, core_sec) values ($1, $2, $3) on conflict (site, report) do nothing returning report

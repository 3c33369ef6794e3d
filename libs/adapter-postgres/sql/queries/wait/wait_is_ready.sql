-- Whether any job is ready that is not paused.
-- params: none
-- rows: one
-- locks: none
select exists (select 1 from ready r where not r.paused)

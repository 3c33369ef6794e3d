-- Whether PostgreSQL answers.
-- params: none
-- rows: 1
-- locks: none
select 1

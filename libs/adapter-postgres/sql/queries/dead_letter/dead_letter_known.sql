-- Which of these letters are there.
-- params: ids
-- rows: id
-- locks: none
select id::text from dead_letter where id = any ($1::bigint[]) order by id

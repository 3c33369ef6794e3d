-- Forgets letters for good.
-- params: ids
-- rows: ids that were there
-- locks: their rows
delete from dead_letter where id = any ($1::bigint[]) returning id::text

-- Sends the next workflow to a range that starts at an id, unless ids are there already.
-- params: first id
-- rows: the id, if the sequence moved
-- locks: none
select setval('workflow_id_seq', $1::bigint, false) from workflow_id_seq where last_value < $1::bigint

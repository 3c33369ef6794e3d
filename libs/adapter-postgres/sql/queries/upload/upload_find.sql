-- An upload by its public id.
-- params: public id
-- rows: workflow id, upload state, refusal (json)
-- locks: none
select id, upload_state, refusal from workflow where public_id = $1

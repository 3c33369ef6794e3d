-- An upload by its public id.
-- params: public id
-- rows: workflow id, upload state, refusal (json), share (null: from before there were shares)
-- locks: none
select id, upload_state, refusal, share_id from workflow where public_id = $1

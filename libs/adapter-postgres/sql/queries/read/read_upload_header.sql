-- The header of an upload, as its jobs are checked against.
-- params: 1 public id
-- rows: header
-- locks: none
select w.header from workflow w where w.public_id = $1

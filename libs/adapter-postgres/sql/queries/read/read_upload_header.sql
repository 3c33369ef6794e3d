-- The header of an upload, as its jobs are checked against.
-- params: 1 public id
-- rows: header, output prefix of its space (null: none)
-- locks: none
select w.header, s.output_prefix from workflow w left join space s on s.name = w.space where w.public_id = $1

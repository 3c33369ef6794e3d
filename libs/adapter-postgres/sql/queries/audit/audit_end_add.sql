-- An order was answered.
-- params: id, status, what it came to be about or null, the beginning of what the request said or null
-- rows: none
-- locks: none that others wait for
insert into audit_end (audit_id, status, target, said) values ($1, $2, $3, $4)

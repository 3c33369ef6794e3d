-- An order is about to be carried out.
-- params: issuer, subject, action, what the address named (json), request id, where it came from
-- rows: its id
-- locks: none that others wait for
insert into audit (issuer, subject, action, place, request_id, address)
values ($1, $2, $3, $4::jsonb, $5, $6)
returning id::text

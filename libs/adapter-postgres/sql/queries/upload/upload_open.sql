-- Makes a workflow that takes chunks, with its control row. No row when its key or its public id is in use.
-- params: public id, space, owner issuer, owner subject, name, tags (json), header (json), idempotency key or null,
--   header as it came (text), share
-- rows: public id, if made
-- locks: none that others wait for
with made as (
  insert into workflow (
    public_id, space, owner_issuer, owner_subject, name, tags, header, idempotency_key, final_when, written_header,
    share_id
  )
  values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $7::jsonb #>> '{final,when}', $9, $10)
  on conflict do nothing
  returning id, public_id
), control as (
  insert into workflow_control (workflow_id) select id from made
)
select public_id from made

-- Makes a workflow that takes chunks, with its control row. No row when its key or its public id is in use.
-- params: public id, space, owner issuer, owner subject, name, tags (json), header (json), idempotency key or null,
--   header as it came (text), share
-- rows: public id, if made
-- locks: none that others wait for; limit_change row where the policy says how many jobs may run at once
with made as (
  insert into workflow (
    public_id, space, owner_issuer, owner_subject, name, tags, header, idempotency_key, final_when, written_header,
    share_id
  )
  values ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, $8, $7::jsonb #>> '{final,when}', $9, $10)
  on conflict do nothing
  returning id, public_id, partition
), control as (
  insert into workflow_control (workflow_id) select id from made
), limited as (
  -- Nothing runs under it yet: it is in force at once.
  insert into limit_use (kind, name, cap_jobs)
  select 'workflow', m.public_id, least(($7::jsonb #>> '{policy,parallelism}')::numeric, 1000000000)::int
  from made m
  where $7::jsonb #>> '{policy,parallelism}' is not null
  returning id
), uncounted as (
  insert into limit_ended (limit_id, partition) select l.id, m.partition from limited l, made m
), changed as (
  update limit_change c set no = c.no + 1 where exists (select from limited)
)
select public_id from made

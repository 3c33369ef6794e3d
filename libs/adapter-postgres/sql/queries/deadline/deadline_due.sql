-- Workflows of some partitions that are over their time and are not to be cancelled yet, and when the next one will be.
-- params: 1 partitions, 2 most workflows
-- rows: one: workflow ids (comma-separated or null), seconds until the next one is due (null: none)
-- locks: none
with late as (
  select w.id
  from workflow w
  join workflow_control c on c.workflow_id = w.id
  where w.partition = any ($1::smallint[]) and w.deadline_at <= now() and w.ended_at is null
    and c.cancel_requested_at is null
  order by w.deadline_at
  limit $2
)
select
  (select string_agg(l.id::text, ',') from late l),
  (
    select extract(epoch from min(w.deadline_at) - now())::float8
    from workflow w
    where w.partition = any ($1) and w.deadline_at > now() and w.ended_at is null
  )

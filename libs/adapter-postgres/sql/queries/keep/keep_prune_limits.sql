-- Forgets the parallelism of workflows that ended long ago, or whose upload was removed. A retry makes it again.
-- params: 1 days; 2 rows
-- rows: how many
-- locks: workflow rows, those of others skipped; limit_use rows, limit_ended rows, limit_change row
with over as (
  select u.id
  from limit_use u
  join workflow w on w.public_id = u.name
  where u.kind = 'workflow' and w.ended_at < now() - $1::float8 * interval '1 day'
  order by w.id
  limit $2
  for update of w skip locked
),
removed as (
  select u.id
  from limit_use u
  where u.kind = 'workflow' and not exists (select from workflow w where w.public_id = u.name)
  limit $2
),
gone as (
  delete from limit_use u using (select id from over union select id from removed) o where u.id = o.id returning u.id
),
uncounted as (delete from limit_ended x using gone g where x.limit_id = g.id),
changed as (update limit_change c set no = c.no + 1 where exists (select from gone))
select count(*)::int from gone

-- Full ranges of which little is left, the oldest first: at most 1,000 workflows with so many jobs that are not archived, of
-- sealed documents. A range is thinned once, to a tenth or less, by the planner's estimate; dropped when nothing is left.
-- params: 1 jobs
-- rows: number, ids of the workflows that are left
-- locks: none
select r.no, k.kept
from workflow_id_seq s
join partition_range r on r.to_id <= s.last_value and r.dropped_at is null
left join pg_class c on c.oid = to_regclass('job_p' || r.no)
cross join lateral (
  select
    coalesce(array_agg(w.id order by w.id), '{}') as kept, coalesce(sum(w.job_count), 0) as jobs,
    coalesce(bool_and(w.upload_state = 'sealed'), true) as sealed
  from (
    select w.id, w.job_count, w.upload_state
    from workflow w
    where w.id >= r.from_id and w.id < r.to_id and w.archived_at is null
    order by w.id
    limit 1001
  ) w
) k
where cardinality(k.kept) = 0
  or r.thinned_at is null and k.sealed and cardinality(k.kept) <= 1000 and k.jobs <= $1 and k.jobs * 10 <= c.reltuples
order by r.no

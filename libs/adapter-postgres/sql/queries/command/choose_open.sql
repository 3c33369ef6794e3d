-- Open jobs of a workflow that a filter means, in document order; no barriers, nor the final job. Site is that of the lease
-- or, without one, of the last attempt; reason, exit code and fingerprint are those of the last attempt that ended.
-- params: 1 workflow_id; each or null: 2 labels, 3 states (codes), 4 ordinals, 5 sites, 6 reasons (codes), 7 exit codes,
--   8 fingerprints; 9 most jobs; 10 whether they are paused by themselves (null: either way); 11 names of conditions that
--   are turned around (labels, states, ...)
-- rows: ordinal
-- locks: none; the caller holds the partition's lock, so that only a grant changes them meanwhile
select s.ordinal
from job_state s
join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
where s.workflow_id = $1 and s.state in (0, 1, 2) and s.kind = 0
  and ($2::text[] is null or (t.label = any ($2)) <> ('labels' = any ($11::text[])))
  and ($3::smallint[] is null or (s.state = any ($3)) <> ('states' = any ($11)))
  and ($4::int[] is null or (s.ordinal = any ($4)) <> ('ordinals' = any ($11)))
  and ($5::text[] is null or exists (
    select 1 from session o
    where o.site = any ($5)
      and o.id = coalesce(
        (select l.session_id from lease l where l.id = s.lease_id and s.state = 2),
        (
          select a.session_id from attempt a
          where a.workflow_id = s.workflow_id and a.ordinal = s.ordinal and a.attempt = s.attempt
        )
      )
  ) <> ('sites' = any ($11)))
  and ($6::smallint[] is null and $7::smallint[] is null and $8::bigint[] is null or (
    select ($6 is null or coalesce(bool_or(a.reason = any ($6)), false) <> ('reasons' = any ($11)))
      and ($7 is null or coalesce(bool_or(a.exit_code = any ($7)), false) <> ('exitCodes' = any ($11)))
      and ($8 is null or coalesce(bool_or(a.fingerprint = any ($8)), false) <> ('fingerprints' = any ($11)))
    from attempt a
    where a.workflow_id = s.workflow_id and a.ordinal = s.ordinal
      and a.attempt = case when s.state = 2 then s.attempt - 1 else s.attempt end
  ))
  and ($10::bool is null or $10 = exists (
    select 1 from paused_job p where p.workflow_id = s.workflow_id and p.ordinal = s.ordinal
  ))
order by s.ordinal
limit $9

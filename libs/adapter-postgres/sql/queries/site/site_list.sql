-- Sites with what their workers have and hold.
-- params: 1 names, or null for all; 2 only names behind this one (or null); 3 most rows (null: all)
-- rows: name, state, tags, pull cores, pull memory MiB, suspect sec, orphan sec, cut-off stop sec, sandbox, note,
--   ordered by, how, at; workers, silent ones, cores, memory MiB, attempts they hold; their reports: late, duplicate, stale
-- locks: none
select
  s.name, s.state, s.tags, s.pull_cores, s.pull_memory_mib, s.suspect_sec, s.orphan_sec, s.cut_off_stop_sec, s.sandbox,
  s.note, s.ordered_by, s.ordered_how, s.ordered_at,
  coalesce(w.workers, 0), coalesce(w.suspect, 0), coalesce(w.cores, 0), coalesce(w.memory_mib, 0), coalesce(w.leased, 0),
  coalesce(n.late, 0), coalesce(n.duplicate, 0), coalesce(n.stale, 0)
from site s
left join (
  select
    o.site, count(*)::int as workers, count(*) filter (where o.state = 'suspect')::int as suspect,
    sum(o.cores)::float8 as cores, sum(o.memory_mib)::float8 as memory_mib, sum(l.open)::int as leased
  from session o
  left join lateral (
    select coalesce(sum(l.open), 0)::int as open from lease l where l.session_id = o.id and l.open > 0
  ) l on true
  where o.state in ('live', 'suspect', 'draining') and ($1::text[] is null or o.site = any ($1))
  group by o.site
) w on w.site = s.name
left join (
  select c.site, sum(c.late)::float8 as late, sum(c.duplicate)::float8 as duplicate, sum(c.stale)::float8 as stale
  from report_count c
  group by c.site
) n on n.site = s.name
where ($1::text[] is null or s.name = any ($1)) and ($2::text is null or s.name > $2)
order by s.name
limit $3::int

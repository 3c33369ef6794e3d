/** What must hold at every commit: a query that names what breaks it. No row: it holds. */
export interface Invariant {
  /** Its number in RELIABILITY section 1, or the words of the design that ask for it. */
  name: string;
  sql: string;
}

const endedNames = `
  select o.workflow_id, o.run_no, e.ordinal::int as ordinal, e.state, e.reason
  from outbox o
  cross join lateral jsonb_array_elements(o.body::jsonb -> 'tasks') as t(task)
  cross join lateral (
    select f.ordinal, 3 as state, null as reason from jsonb_array_elements_text(t.task -> 'finished') as f(ordinal)
    union all
    select f.ordinal, 4, r.part ->> 'reason'
    from jsonb_array_elements(t.task -> 'failed') as r(part)
    cross join lateral jsonb_array_elements_text(r.part -> 'ordinals') as f(ordinal)
  ) e
  where o.type = 'org.sluice.jobs.ended.v1'`;

const reasonWord = `(array['error', 'timeout', 'memory', 'cancelled', 'parent_failed', 'lost', 'evicted', 'site',
  'rejected'])[s.reason]`;

const queued = `
  select r.workflow_id, o.ordinal, r.class_id
  from ready r cross join lateral unnest(r.ordinals) as o(ordinal)
  union all
  select h.workflow_id, h.ordinal, null from held h`;

/**
 * Queries over the engine's tables that return no row while the books are right; at any commit, not only at quiet. They
 * read whole tables: for tests and for an operator's check, not for the hot path.
 */
export const invariants: readonly Invariant[] = [
  {
    name: 'I6: parents_left is the number of unmet edges',
    sql: `
      with unmet as (
        select x.workflow_id, u.child, count(*)::int as edges
        from job_edge x
        join job_state p on p.workflow_id = x.workflow_id and p.ordinal = x.ordinal
        cross join lateral (
          select unnest(case when p.state = 3 then '{}'::int[] else x.on_success end) as child
          union all
          select unnest(case when p.state in (3, 4) then '{}'::int[] else x.on_ended end)
        ) u
        group by x.workflow_id, u.child
      )
      select s.workflow_id, s.ordinal, s.state, s.parents_left, coalesce(m.edges, 0) as unmet
      from job_state s
      left join unmet m on m.workflow_id = s.workflow_id and m.child = s.ordinal
      where s.kind <> 2 and s.parents_left <> coalesce(m.edges, 0)`,
  },
  {
    name: 'I4: what is ready or leased waits for nothing, what waits does',
    sql: `
      select s.workflow_id, s.ordinal, s.state, s.parents_left
      from job_state s
      join workflow w on w.id = s.workflow_id and w.upload_state = 'sealed'
      where (s.state in (1, 2) and s.parents_left <> 0) or (s.state = 0 and s.parents_left = 0)`,
  },
  {
    name: 'I5: what waits below a failed parent has a prune or a cancel ahead',
    sql: `
      select c.workflow_id, c.ordinal
      from job_state p
      join job_edge x on x.workflow_id = p.workflow_id and x.ordinal = p.ordinal
      cross join lateral unnest(x.on_success) as u(child)
      join job_state c on c.workflow_id = p.workflow_id and c.ordinal = u.child and c.state in (0, 1, 2)
      where p.state = 4 and not exists (
        select from workflow_command o
        where o.workflow_id = p.workflow_id and o.kind in ('prune', 'cancel') and o.done_at is null
      )`,
  },
  {
    name: 'task counts are the counts of its jobs',
    sql: `
      select t.workflow_id, t.ordinal, t.total, t.waiting, t.finished, t.failed, c.*
      from task t
      join workflow w on w.id = t.workflow_id and w.upload_state = 'sealed'
      left join lateral (
        select count(*) as jobs, count(*) filter (where s.state = 0) as waits,
          count(*) filter (where s.state = 3) as good, count(*) filter (where s.state = 4) as bad
        from job_state s where s.workflow_id = t.workflow_id and s.task = t.ordinal
      ) c on true
      where (t.total, t.waiting, t.finished, t.failed) is distinct from (c.jobs, c.waits, c.good, c.bad)`,
  },
  {
    name: 'task_failure counts the failed jobs by reason',
    sql: `
      select *
      from (
        select workflow_id, task, reason, jobs::bigint from task_failure where jobs > 0
      ) f
      full join (
        select s.workflow_id, s.task, s.reason, count(*) as jobs from job_state s where s.state = 4 group by 1, 2, 3
      ) s using (workflow_id, task, reason)
      where f.jobs is distinct from s.jobs`,
  },
  {
    name: 'every ready job is in one ready or held row and nothing else is, but for cancelled workflows',
    sql: `
      select coalesce(s.workflow_id, q.workflow_id) as workflow_id, coalesce(s.ordinal, q.ordinal) as ordinal,
        s.state, q.rows
      from (select s.* from job_state s where s.state = 1 and s.kind <> 1) s
      full join (select workflow_id, ordinal, count(*) as rows from (${queued}) q group by 1, 2) q
        on q.workflow_id = s.workflow_id and q.ordinal = s.ordinal
      join workflow w on w.id = coalesce(s.workflow_id, q.workflow_id) and w.upload_state = 'sealed'
      join workflow_control c on c.workflow_id = w.id
      where (s.ordinal is null or q.rows is distinct from 1)
        and not (q.rows is null and c.cancel_requested_at is not null and s.kind = 0)`,
  },
  {
    name: 'I22: nothing of a cancelled workflow may be handed out but its final job',
    sql: `
      select q.workflow_id, q.ordinal
      from (${queued}) q
      join workflow_control c on c.workflow_id = q.workflow_id and c.cancel_requested_at is not null
      join workflow w on w.id = q.workflow_id
      where q.ordinal is distinct from w.final_ordinal or w.final_when <> 'always'`,
  },
  {
    name: 'what may run is marked just while it, its label or its workflow is paused, and a paused workflow knows since when',
    sql: `
      with queued as (
        select r.workflow_id, r.task, r.id as ready_id, o.ordinal, r.paused
        from ready r cross join lateral unnest(r.ordinals) as o(ordinal)
        union all
        select h.workflow_id, h.task, null, h.ordinal, h.paused from held h
      )
      select w.id, w.state, q.ready_id, q.ordinal
      from queued q
      join workflow w on w.id = q.workflow_id
      join task t on t.workflow_id = q.workflow_id and t.ordinal = q.task
      left join paused_job p on p.workflow_id = q.workflow_id and p.ordinal = q.ordinal
      where q.paused <> (w.state = 'paused' or t.paused_at is not null or p.ordinal is not null)
      union all
      select w.id, w.state, null, null
      from workflow w join workflow_control c on c.workflow_id = w.id
      where w.state in ('running', 'paused')
        and (w.state = 'paused') <> (c.paused_at is not null and c.cancel_requested_at is null)`,
  },
  {
    name: 'all jobs of a ready row are paused by themselves, or none',
    sql: `
      select r.id, count(*) as jobs, count(p.ordinal) as paused
      from ready r
      cross join lateral unnest(r.ordinals) as o(ordinal)
      left join paused_job p on p.workflow_id = r.workflow_id and p.ordinal = o.ordinal
      group by r.id
      having count(p.ordinal) not in (0, count(*))`,
  },
  {
    name: 'a workflow of which jobs are paused by themselves says so, and they are no barriers and no final job',
    sql: `
      select p.workflow_id, p.ordinal, c.jobs_paused, s.kind
      from paused_job p
      left join workflow_control c on c.workflow_id = p.workflow_id
      left join job_state s on s.workflow_id = p.workflow_id and s.ordinal = p.ordinal
      where c.jobs_paused is not true or s.kind is distinct from 0`,
  },
  {
    name: 'a ready row says how many jobs it has, and their class; where a task learned, the one that it had then',
    sql: `
      select r.id from ready r where r.jobs <> cardinality(r.ordinals)
      union all
      select r.id
      from ready r cross join lateral unnest(r.ordinals) as o(ordinal)
      join job_state s on s.workflow_id = r.workflow_id and s.ordinal = o.ordinal
      join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
      where r.task <> s.task or (r.class_id <> coalesce(s.class_id, t.class_id) and (s.class_id is not null or t.memory_learn = 'off'))`,
  },
  {
    name: 'lease.open is the number of attempts that run under it',
    sql: `
      select l.id, l.open, s.jobs
      from lease l
      left join (select lease_id, count(*) as jobs from job_state where state = 2 group by 1) s on s.lease_id = l.id
      where l.open <> coalesce(s.jobs, 0)`,
  },
  {
    name: 'a leased job is named by its lease, with its attempt',
    sql: `
      select s.workflow_id, s.ordinal, s.attempt
      from job_state s
      left join lease l on l.id = s.lease_id
      where s.state = 2 and not exists (
        select from unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
        where g.workflow_id = s.workflow_id and g.ordinal = s.ordinal and g.attempt = s.attempt
      )`,
  },
  {
    name: 'I7: attempts are numbered from 1 without gaps, and one at most is open',
    sql: `
      select s.workflow_id, s.ordinal, s.state, s.attempt, a.attempts, a.newest
      from job_state s
      left join (
        select workflow_id, ordinal, count(*)::int as attempts, max(attempt)::int as newest from attempt group by 1, 2
      ) a on a.workflow_id = s.workflow_id and a.ordinal = s.ordinal
      where (s.attempt - case when s.state = 2 then 1 else 0 end) is distinct from coalesce(a.attempts, 0)
        or coalesce(a.newest, 0) <> coalesce(a.attempts, 0)`,
  },
  {
    name: 'I7: no budget is overdrawn by more than the failure that ended the job',
    sql: `
      select s.workflow_id, s.ordinal, s.tries_used, s.infra_used
      from job_state s
      join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
      where s.tries_used > t.retries + case when s.state = 4 then 1 else 0 end
        or s.infra_used > t.infra_retries + case when s.state = 4 then 1 else 0 end`,
  },
  {
    name: 'I8: how a job ended is how its last attempt ended',
    sql: `
      select s.workflow_id, s.ordinal, s.state, s.reason, a.outcome, a.reason as attempt_reason
      from job_state s
      left join attempt a on a.workflow_id = s.workflow_id and a.ordinal = s.ordinal and a.attempt = s.attempt
      where (s.state = 3 and s.kind <> 1 and a.outcome is distinct from 3)
        or (s.state = 4 and s.reason not in (4, 5) and (a.outcome is distinct from 4 or a.reason <> s.reason))`,
  },
  {
    name: 'the outbox has no gap',
    sql: `
      select c.partition, c.seq, o.rows, o.newest
      from event_cursor c
      left join (select partition, count(*) as rows, max(seq) as newest from outbox group by 1) o
        on o.partition = c.partition
      where c.seq <> coalesce(o.rows, 0) or c.seq <> coalesce(o.newest, 0)`,
  },
  {
    name: 'I10: every job that ended is named once in the events of its run, as it ended',
    sql: `
      select coalesce(s.workflow_id, e.workflow_id) as workflow_id, coalesce(s.ordinal, e.ordinal) as ordinal,
        s.state, s.run_no, e.names, e.right_names
      from (select s.* from job_state s where s.state in (3, 4)) s
      full join (
        select e.workflow_id, e.ordinal, e.run_no, count(*) as names,
          count(*) filter (where s.state = e.state and e.reason is not distinct from ${reasonWord}) as right_names
        from (${endedNames}) e
        join job_state s on s.workflow_id = e.workflow_id and s.ordinal = e.ordinal
        group by 1, 2, 3
      ) e on e.workflow_id = s.workflow_id and e.ordinal = s.ordinal and e.run_no = s.run_no
      where (s.ordinal is not null and (e.names is distinct from 1 or e.right_names <> 1))
        or (s.ordinal is null and e.names <> 1)`,
  },
  {
    name: 'a workflow has ended when all of its jobs have',
    sql: `
      select w.id, w.state, o.open
      from workflow w
      cross join lateral (
        select count(*) as open from job_state s where s.workflow_id = w.id and s.state in (0, 1, 2)
      ) o
      where w.upload_state = 'sealed' and (w.state in ('running', 'paused')) <> (o.open > 0)`,
  },
  {
    name: 'a task without open jobs has the end state of its counts',
    sql: `
      select t.workflow_id, t.ordinal, t.state, t.finished, t.failed
      from task t
      join workflow w on w.id = t.workflow_id and w.upload_state = 'sealed'
      where t.total > 0 and t.state <> case
        when t.finished + t.failed < t.total then 'running'
        when t.failed = 0 then 'done'
        when exists (
          select from task_failure f
          where f.workflow_id = t.workflow_id and f.task = t.ordinal and f.reason = 4 and f.jobs > 0
        ) then 'cancelled'
        when t.finished = 0 then 'failed'
        else 'partial'
      end`,
  },
  {
    name: 'I17, I19: what runs under a limit is what is counted',
    sql: `
      select u.kind, u.name, u.granted_jobs - e.jobs as counted_jobs, u.granted_millicores - e.millicores as counted, r.*
      from limit_use u
      cross join lateral (
        select sum(x.jobs) as jobs, sum(x.millicores) as millicores from limit_ended x where x.limit_id = u.id
      ) e
      cross join lateral (
        select count(*) as jobs, coalesce(sum(greatest(1, round(c.cores * 1000))), 0) as millicores
        from job_state s
        join lease l on l.id = s.lease_id
        join session o on o.id = l.session_id
        join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
        join workflow w on w.id = s.workflow_id
        join ready_class c on c.id = coalesce(s.class_id, t.class_id)
        where s.state = 2 and u.name = any (case u.kind
          when 'site' then array[o.site]
          when 'space' then array[w.space]
          when 'user' then array[w.owner_subject]
          else array(select jsonb_array_elements_text(t.template -> 'limits'))
        end)
      ) r
      where u.granted_jobs - e.jobs <> r.jobs or u.granted_millicores - e.millicores <> r.millicores`,
  },
  {
    name: 'a lease under which limited jobs run says so',
    sql: `
      select l.id
      from lease l
      join session o on o.id = l.session_id
      join job_state s on s.lease_id = l.id and s.state = 2
      join task t on t.workflow_id = s.workflow_id and t.ordinal = s.task
      where not l.limited and l.id > (select c.lease_id from limit_change c)
        and exists (select from limits_on(coalesce(s.class_id, t.class_id), o.site))`,
  },
];

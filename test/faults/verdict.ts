/**
 * Holds what is in the books against what was acknowledged, against what workers saw, and against the invariants. To be
 * asked when all is quiet.
 */
import { brokenLines, checkInvariants, workRecord, type MessageLog, type TestStack } from '#test-kit';
import type { Counters } from './counters.js';
import type { Acked } from './load.js';

export interface Evidence {
  stack: TestStack;
  acked: readonly Acked[];
  /** By the name of its folder, each with the logs of all of its lives. */
  workers: readonly { name: string; log: string }[];
  messageLog: MessageLog;
  /** Whether reports were seen on the wire that nobody has any more. */
  reportsLost: boolean;
}

export interface Verdict {
  counters: Counters;
  /** A sentence for each thing that is wrong. */
  faults: string[];
}

/** Rows of a broken invariant that are shown. */
const rowsShown = 5;

export async function judge(evidence: Evidence): Promise<Verdict> {
  const { stack } = evidence;
  const lost = await lostJobs(evidence);
  const twice = await countOf(stack, twiceText);
  const stale = await countOf(stack, staleText);
  const kills = await wrongKills(evidence);
  const faults = [
    ...(await brokenInvariants(evidence)),
    ...lost.faults,
    ...(await wrongOutcomes(evidence)),
    ...(await deadlocks(stack)),
    ...(twice > 0 ? [`I9: ${twice} ends were applied twice`] : []),
    ...(stale > 0 ? [`I8: ${stale} results of attempts counted after the job had been granted anew`] : []),
    ...kills.map((kill) => `a worker was told to stop ${kill}, which was its own`),
  ];
  const jobsRun = await countOf(stack, 'select count(*)::int as count from attempt where started_at is not null');
  const counters = { jobsRun, jobsLost: lost.jobs, appliedTwice: twice, staleApplied: stale, wrongKills: kills.length };
  return { counters, faults };
}

async function countOf(stack: TestStack, text: string): Promise<number> {
  const [row] = await stack.rows<{ count: number }>(text);
  return row?.count ?? 0;
}

/** All of them: what is in the books, in the logs of verify mode, and what was seen from outside. */
async function brokenInvariants({ stack, acked, workers, messageLog, reportsLost }: Evidence): Promise<string[]> {
  const driverLog = acked.map(({ key, id, document }) => ({ key, workflow: id, jobs: document.jobs.length }));
  const names = workers.map(({ name }) => name);
  const workerRecords = workRecord(stack.folder.path, names);
  const sources = { quiet: true, messageLog, reportsLost, workerRecords, driverLog };
  return brokenLines(await stack.onDatabase((client) => checkInvariants(client, sources)));
}

/** All of us lock in one order, whatever fails. */
async function deadlocks(stack: TestStack): Promise<string[]> {
  const times = await countOf(
    stack,
    'select deadlocks::int as count from pg_stat_database where datname = current_database()',
  );
  return times > 0 ? [`${times} deadlocks`] : [];
}

/** I1: each job of what was acknowledged has ended. */
async function lostJobs({ stack, acked }: Evidence): Promise<{ jobs: number; faults: string[] }> {
  const faults: string[] = [];
  let jobs = 0;
  for (const { id, document } of acked) {
    const [row] = await stack.rows<{ ended: number }>(
      `select count(*)::int as ended from job_state j join workflow w on w.id = j.workflow_id
        where w.public_id = $1 and j.state in (3, 4)`,
      [id],
    );
    const missing = document.jobs.length - (row?.ended ?? 0);
    jobs += Math.max(0, missing);
    if (missing !== 0) faults.push(`I1: ${id} has ${row?.ended ?? 0} ended jobs of ${document.jobs.length}`);
  }
  return { jobs, faults };
}

/** How each job of a workflow that nobody cancelled must have ended was known before. */
async function wrongOutcomes({ stack, acked }: Evidence): Promise<string[]> {
  const faults: string[] = [];
  for (const { id, document, cancelled } of acked) {
    if (cancelled) continue;
    const rows = await stack.rows<{ ordinal: number; state: number; reason: number }>(
      `select j.ordinal, j.state, j.reason from job_state j join workflow w on w.id = j.workflow_id
        where w.public_id = $1 order by j.ordinal`,
      [id],
    );
    const wrong = rows.filter(
      ({ ordinal, state }) => (state === 3 ? 'finished' : 'failed') !== document.outcomes[ordinal],
    );
    if (wrong.length > 0)
      faults.push(`${id}: ended otherwise than it must: ${JSON.stringify(wrong.slice(0, rowsShown))}`);
  }
  return faults;
}

/** A kill is right when the attempt had ended in the books by then: nothing that its worker still does would count. */
async function wrongKills({ stack, workers }: Evidence): Promise<string[]> {
  const kills = workers.flatMap(({ log }) => log.split('\n').flatMap(killsIn));
  if (kills.length === 0) return [];
  const rows = await stack.rows<{ attempt: string }>(
    `select k.attempt
      from unnest($1::text[], $2::timestamptz[]) as k(attempt, at)
      where not exists (
        select from attempt a
        where a.workflow_id = split_part(k.attempt, ':', 1)::bigint and a.ordinal = split_part(k.attempt, ':', 2)::int
          and a.attempt = split_part(k.attempt, ':', 3)::int and a.settled_at <= k.at
      )`,
    [kills.map(({ attempt }) => attempt), kills.map(({ at }) => at)],
  );
  return rows.map(({ attempt }) => attempt);
}

function killsIn(line: string): { attempt: string; at: string }[] {
  if (!line.includes('"attempts.killed"')) return [];
  const { at, attempts } = JSON.parse(line) as { at: string; attempts: string[] };
  return attempts.map((attempt) => ({ attempt, at }));
}

const twiceText = `
  select (
    select count(*) from (
      select from outbox o
      cross join lateral jsonb_array_elements(o.body::jsonb -> 'tasks') as t(task)
      cross join lateral (
        select f.ordinal from jsonb_array_elements_text(t.task -> 'finished') as f(ordinal)
        union all
        select f.ordinal from jsonb_array_elements(t.task -> 'failed') as r(part)
        cross join lateral jsonb_array_elements_text(r.part -> 'ordinals') as f(ordinal)
      ) e
      where o.type = 'org.sluice.jobs.ended.v1'
      group by o.workflow_id, o.run_no, e.ordinal having count(*) > 1
    ) told
  )::int + (
    select count(*) from (
      select from attempt where outcome = 3 group by workflow_id, ordinal, run_no having count(*) > 1
    ) finished
  )::int as count`;

const staleText = `
  select count(*)::int as count
  from attempt a
  join job_state j on j.workflow_id = a.workflow_id and j.ordinal = a.ordinal and j.run_no = a.run_no
  where a.outcome = 3 and exists (
    select from lease l cross join unnest(l.workflow_ids, l.ordinals, l.attempts) as g(workflow_id, ordinal, attempt)
    where g.workflow_id = a.workflow_id and g.ordinal = a.ordinal and g.attempt > a.attempt
  )`;

import { setTimeout as sleep } from 'node:timers/promises';
import { DocumentHeader } from '#contracts';
import { chunksOf, readDocument } from '#documents';
import { onDatabase } from './servers.js';
import type { Stack } from './stack.js';
import { documentBytes, type Shape } from './workload.js';

const pollMs = 100;

/** One workflow from its first lease to its end, by PostgreSQL's clock. */
export interface MeasuredRun {
  jobs: number;
  seconds: number;
  jobsPerSec: number;
  /** Transactions that settled its jobs. */
  settles: number;
}

/**
 * Checks and sends a generated document as the command line does, and sees it sealed.
 * @returns the workflow's public id.
 * @throws Error when it is refused.
 */
export async function submitShape(stack: Stack, shape: Shape, options: { owner?: string } = {}): Promise<string> {
  const document = await readDocument(documentBytes(shape));
  const header = DocumentHeader.parse(document.header);
  const answer = await stack.client.submit({ header, chunks: chunksOf(document) }, options);
  if (answer.state === 'refused') throw new Error(`the workload was refused: ${JSON.stringify(answer.refusal)}`);
  return answer.id;
}

/**
 * Waits for the end of a workflow, or of several, and measures from the first lease to the last end. Submitting is not in it.
 * @param options.jobs of all of them together.
 * @throws Error when it takes longer than `secondsMax`, or ended with anything but every job finished at its first
 *   attempt: a figure of a wrong run is worth nothing.
 */
export async function measureRun(
  stack: Stack,
  ids: string | readonly string[],
  options: { jobs: number; secondsMax: number },
): Promise<MeasuredRun> {
  const all = [ids].flat();
  await waitForEnd(stack, all, options.secondsMax);
  const { finished, attempts, seconds, settles } = await readRun(stack, all);
  if (finished !== options.jobs || attempts !== options.jobs) {
    throw new Error(`${all.join(', ')}: ${finished} of ${options.jobs} jobs finished, in ${attempts} attempts`);
  }
  return { jobs: options.jobs, seconds, jobsPerSec: options.jobs / seconds, settles };
}

async function waitForEnd(stack: Stack, ids: string[], secondsMax: number): Promise<void> {
  await onDatabase(stack.databaseUrl, async (client) => {
    for (let waitedMs = 0; waitedMs < secondsMax * 1_000; waitedMs += pollMs) {
      const { rows } = await client.query(
        'select from workflow where public_id = any($1::text[]) and ended_at is not null',
        [ids],
      );
      if (rows.length === ids.length) return;
      await sleep(pollMs);
    }
    throw new Error(`${ids.join(', ')} did not end within ${secondsMax} s`);
  });
}

interface RunRow {
  finished: number;
  attempts: number;
  seconds: number;
  settles: number;
}

function readRun(stack: Stack, ids: string[]): Promise<RunRow> {
  return onDatabase(stack.databaseUrl, async (client) => {
    const { rows } = await client.query<RunRow>(
      `select
         sum((select sum(t.finished) from task t where t.workflow_id = w.id))::int as finished,
         sum(a.attempts)::int as attempts, sum(a.settles)::int as settles,
         extract(epoch from max(w.ended_at) - min(a.first_lease))::float8 as seconds
       from workflow w
       cross join lateral (
         select count(*)::int as attempts, count(distinct settled_at)::int as settles, min(leased_at) as first_lease
         from attempt where workflow_id = w.id
       ) a
       where w.public_id = any($1::text[])
       having count(*) = cardinality($1::text[])`,
      [ids],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`${ids.join(', ')}: gone`);
    return row;
  });
}

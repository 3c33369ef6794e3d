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
}

/**
 * Checks and sends a generated document as the command line does, and sees it sealed.
 * @returns the workflow's public id.
 * @throws Error when it is refused.
 */
export async function submitShape(stack: Stack, shape: Shape): Promise<string> {
  const document = await readDocument(documentBytes(shape));
  const header = DocumentHeader.parse(document.header);
  const answer = await stack.client.submit({ header, chunks: chunksOf(document) });
  if (answer.state === 'refused') throw new Error(`the workload was refused: ${JSON.stringify(answer.refusal)}`);
  return answer.id;
}

/**
 * Waits for the end of a workflow and measures it from its first lease to its end. Submitting is not in it.
 * @throws Error when it takes longer than `secondsMax`, or ended with anything but every job finished at its first
 *   attempt: a figure of a wrong run is worth nothing.
 */
export async function measureRun(
  stack: Stack,
  id: string,
  options: { jobs: number; secondsMax: number },
): Promise<MeasuredRun> {
  await waitForEnd(stack, id, options.secondsMax);
  const { finished, attempts, seconds } = await readRun(stack, id);
  if (finished !== options.jobs || attempts !== options.jobs) {
    throw new Error(`${id}: ${finished} of ${options.jobs} jobs finished, in ${attempts} attempts`);
  }
  return { jobs: options.jobs, seconds, jobsPerSec: options.jobs / seconds };
}

async function waitForEnd(stack: Stack, id: string, secondsMax: number): Promise<void> {
  await onDatabase(stack.databaseUrl, async (client) => {
    for (let waitedMs = 0; waitedMs < secondsMax * 1_000; waitedMs += pollMs) {
      const { rows } = await client.query('select from workflow where public_id = $1 and ended_at is not null', [id]);
      if (rows.length > 0) return;
      await sleep(pollMs);
    }
    throw new Error(`${id} did not end within ${secondsMax} s`);
  });
}

interface RunRow {
  finished: number;
  attempts: number;
  seconds: number;
}

function readRun(stack: Stack, id: string): Promise<RunRow> {
  return onDatabase(stack.databaseUrl, async (client) => {
    const { rows } = await client.query<RunRow>(
      `select
         (select sum(t.finished) from task t where t.workflow_id = w.id)::int as finished,
         a.attempts, extract(epoch from w.ended_at - a.first_lease)::float8 as seconds
       from workflow w
       cross join lateral (
         select count(*)::int as attempts, min(leased_at) as first_lease from attempt where workflow_id = w.id
       ) a
       where w.public_id = $1`,
      [id],
    );
    const [row] = rows;
    if (row === undefined) throw new Error(`${id} is gone`);
    return row;
  });
}

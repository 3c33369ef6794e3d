import type { SluiceClient } from '#client';
import type { WhyView, WorkflowWait, WorkflowWhy } from '#contracts';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { whyLines } from '../render/why-text.js';
import { printable } from '../render/printable.js';

/** Why a job does not run or how it ended; without a job: what holds the workflow up, by label and cause. */
export async function why(call: Call, selector: string, job: string | undefined): Promise<ExitCode> {
  const connection = await connectToRead(call);
  try {
    await printWhy(call, connection.client, { selector, job });
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

/** The same over a connection that is there. */
export async function printWhy(
  call: Call,
  client: SluiceClient,
  { selector, job }: { selector: string; job?: string },
): Promise<void> {
  if (job === undefined) await printWorkflow(call, client, await client.workflowWhy(selector));
  else await printJob(call, await client.why(selector, job));
  await call.terminal.out.flush();
}

/** A job that was named is one object, not a list. */
async function printJob(call: Call, answer: WhyView): Promise<void> {
  const { globals, terminal } = call;
  if (globals.output === 'table') return terminal.out.lines(answer.lines.map(printable));
  if (globals.output === 'json') return terminal.out.line(JSON.stringify(answer, null, 2));
  const shape = { head: ['job', 'state', 'cause', 'lines'], idOf: ({ job }: WhyView) => job };
  const cellsOf = ({ job, state, cause, lines }: WhyView) => [job, state, cause, lines.join('\n')];
  await printList(call, { format: globals.output, ...shape, cellsOf }, each([answer]), Infinity);
}

async function printWorkflow(call: Call, client: SluiceClient, why: WorkflowWhy): Promise<void> {
  const { globals, terminal } = call;
  if (globals.output === 'table') {
    await terminal.out.lines(whyLines(why, await exampleOf(client, why)));
    return;
  }
  const shape = {
    head: ['label', 'state', 'jobs', 'cause', 'subject', 'text', 'remedy'],
    idOf: ({ label }: WorkflowWait) => label,
  };
  const cellsOf = ({ label, state, jobs, cause, subject, text, remedy }: WorkflowWait) => [
    ...[label, state, String(jobs), cause, subject, text, remedy ?? ''],
  ];
  await printList(call, { format: globals.output, ...shape, cellsOf }, each(why.waits), Infinity);
}

/** Where nothing but parents is waited for: which ones one of the jobs waits for. */
async function exampleOf(client: SluiceClient, { id, waits }: WorkflowWhy): Promise<WhyView | null> {
  if (!waits.some(({ cause }) => cause === 'waits-for-parents')) return null;
  const [first] = (await client.jobPage(id, { states: ['waiting'], limit: 1 })).jobs;
  return first ? client.why(id, String(first.ordinal)) : null;
}

async function* each<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}

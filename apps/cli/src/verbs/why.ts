import type { SluiceClient } from '#client';
import type { WhyView, WorkflowView } from '#contracts';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { printList } from '../print-list.js';
import { printable } from '../render/printable.js';
import { pausedText } from '../render/workflow-text.js';

/** What each state of jobs is asked for when no job is named: what keeps the workflow from its end. */
const states = ['failed', 'ready', 'waiting'] as const;

/** Why a job does not run or how it ended; without a job: one job of each kind that holds the workflow up. */
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
  const view = job === undefined ? await client.workflow(selector) : null;
  const answers = view === null ? one(client, selector, job ?? '') : examples(client, view);
  if (view === null && call.globals.output === 'json') await printOne(call, answers);
  else await print(call, view, answers);
  await call.terminal.out.flush();
}

async function* one(client: SluiceClient, selector: string, job: string): AsyncGenerator<WhyView> {
  yield await client.why(selector, job);
}

async function* examples(client: SluiceClient, { workflow }: WorkflowView): AsyncGenerator<WhyView> {
  for (const state of states) {
    // Pruned and cancelled jobs are no cause: a job that failed by itself comes first.
    const reason = state === 'failed' ? causeOf(workflow.failedBy) : undefined;
    if (workflow.counts[state] === 0) continue;
    if (state === 'ready' && workflow.pausedAt !== null) continue; // the pause is told once for all of them
    const [first] = (await client.jobPage(workflow.id, { states: [state], reasons: reason && [reason], limit: 1 }))
      .jobs;
    if (first) yield await client.why(workflow.id, String(first.ordinal));
  }
}

function causeOf(failedBy: WorkflowView['workflow']['failedBy']): keyof typeof failedBy | undefined {
  const reasons = Object.keys(failedBy) as (keyof typeof failedBy)[];
  return reasons.find((reason) => reason !== 'parent_failed' && reason !== 'cancelled');
}

/** A job that was named is one object, not a list. */
async function printOne({ terminal }: Call, answers: AsyncIterable<WhyView>): Promise<void> {
  for await (const answer of answers) await terminal.out.line(JSON.stringify(answer, null, 2));
}

async function print(call: Call, view: WorkflowView | null, answers: AsyncIterable<WhyView>): Promise<void> {
  const { globals, terminal } = call;
  if (globals.output !== 'table') {
    const shape = { head: ['job', 'state', 'cause', 'lines'], idOf: ({ job }: WhyView) => job };
    const cellsOf = (answer: WhyView) => [answer.job, answer.state, answer.cause, answer.lines.join('\n')];
    return printList(call, { format: globals.output, ...shape, cellsOf }, answers, Infinity);
  }
  if (view !== null)
    await terminal.out.line(`${view.workflow.id} ${printable(view.workflow.name)}: ${view.workflow.state}`);
  if (view?.workflow.pausedAt) await terminal.out.line(`  ${pausedText(view.workflow, view.workflow.pausedAt)}`);
  for (const { label, jobs, gap } of view?.gaps ?? []) {
    await terminal.out.line(`  ${jobs} ready of ${printable(label)} cannot run: ${printable(gap)}`);
  }
  const told = new Set(view?.gaps.map(({ gap }) => gap));
  for await (const { job, lines } of answers) {
    if (told.has(lines.join('\n'))) continue;
    // Where no job was asked for, the line has to say which one it is about.
    const shown = view === null ? lines : lines.map((line, at) => (at === 0 ? `  ${job} ${line}` : `  ${line}`));
    await terminal.out.lines(shown.map(printable));
  }
}

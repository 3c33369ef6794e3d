import type { SluiceClient } from '#client';
import type { CancelAnswer, WorkflowView } from '#contracts';
import { cancelChosen } from '../cancel-chosen.js';
import { chosenOpenJobs } from '../chosen-jobs.js';
import { hasCondition, type OpenJobOptions } from '../commands/job-filter-options.js';
import { checkJobQuery } from '../check-query.js';
import { connectToRead } from '../connect.js';
import { exitCodes, type ExitCode } from '../exit-code.js';
import { follow } from '../follow.js';
import type { Call } from '../globals.js';
import { printOrder, type OrderOptions } from '../print-order.js';
import { printWorkflow } from '../print-workflow.js';
import { counted } from '../render/numbers.js';
import { hasEnded } from '../render/workflow-text.js';

/** On a stack that was started for this: attempts of workers that are gone keep a workflow from its end. */
const endWithinMs = 10_000;

export interface CancelOptions extends OrderOptions, OpenJobOptions {}

/** Ends open jobs that meet the conditions, or without any asks for the end of a workflow: nothing of it is leased any more; what runs is told to stop. Safe to repeat. */
export async function cancel(call: Call, selector: string, options: CancelOptions): Promise<ExitCode> {
  const { dryRun } = options;
  checkJobQuery(options.query);
  const connection = await connectToRead(call);
  const { client, stack } = connection;
  try {
    if (hasCondition(options)) {
      const conditions = await chosenOpenJobs(client, selector, options);
      await cancelChosen(call, client, { selector, conditions, dryRun });
      await call.terminal.out.flush();
      return exitCodes.ok;
    }
    const answer = await client.cancel(selector, { dryRun });
    if (dryRun) await printOrder(call, answer, { sentences: [rehearsed(answer)], dryRun });
    else {
      if (stack?.started) await untilEnded(client, answer.workflow);
      await print(call, answer, await client.workflow(answer.workflow));
    }
    await call.terminal.out.flush();
  } finally {
    await connection.release();
  }
  return exitCodes.ok;
}

async function print(call: Call, answer: CancelAnswer, view: WorkflowView): Promise<void> {
  if (call.globals.output !== 'table') return printWorkflow(call, view, null);
  const { id, state } = view.workflow;
  const ended = answer.changed ? `: ends ${openText(answer)}` : '';
  return call.terminal.out.line(hasEnded(state) ? `${id} ${state}${ended}` : `cancelling ${id}${ended}`);
}

function rehearsed(answer: CancelAnswer): string {
  if (answer.changed) return `would cancel ${answer.workflow}: ends ${openText(answer)}`;
  return hasEnded(answer.state) ? `${answer.workflow} is ${answer.state}` : `${answer.workflow} is being cancelled`;
}

function openText({ counts: { waiting, ready, leased }, ends }: CancelAnswer): string {
  const spared = waiting + ready + leased > ends ? '; the final job still runs' : '';
  return `${counted(ends, 'open job')}${spared}`;
}

async function untilEnded(client: SluiceClient, workflow: string): Promise<void> {
  const signal = AbortSignal.timeout(endWithinMs);
  try {
    for await (const view of follow(client, workflow, { signal })) if (view.workflow.counts.leased > 0) return;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

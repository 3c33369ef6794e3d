import type { WorkerAnswer } from '#contracts';
import { callerName } from '../caller.js';
import type { NotedOptions } from '../commands/order-options.js';
import type { ExitCode } from '../exit-code.js';
import type { Call } from '../globals.js';
import { onSites } from '../on-sites.js';
import { printAnswer } from '../print-answer.js';
import { dryRunNote } from '../print-order.js';
import { counted } from '../render/numbers.js';
import { printable } from '../render/printable.js';

type Verb = 'drain' | 'stop';

/** Tells one worker to end. Safe to repeat. */
export function workerOrder(
  call: Call,
  { session, verb, options: { note, dryRun } }: { session: string; verb: Verb; options: NotedOptions },
): Promise<ExitCode> {
  return onSites(call, async (sites) => {
    const answer = await sites.orderWorker(session, verb, { note, by: callerName(), dryRun });
    const lines = [sentence(answer, verb), ...(dryRun ? [dryRunNote] : [])];
    const row = [session, answer.worker.ordered ?? '', String(answer.changed)];
    await printAnswer(call, answer, { lines, ids: [session], head: ['session', 'ordered', 'changed'], rows: [row] });
  });
}

function sentence({ worker, changed, dryRun }: WorkerAnswer, verb: Verb): string {
  const who = `worker ${worker.session} (${printable(worker.worker)} at ${printable(worker.site)})`;
  if (!changed) return `${who} was told to ${worker.ordered ?? verb} already`;
  const jobs = counted(worker.leased, 'job');
  const then =
    verb === 'drain'
      ? `of ${jobs} with it what runs goes on`
      : `${jobs} with it ${worker.leased === 1 ? 'runs' : 'run'} again elsewhere`;
  return `${dryRun ? 'would tell' : 'told'} ${who} to ${verb}: ${then}`;
}
